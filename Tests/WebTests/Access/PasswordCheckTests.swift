import Linux
import Testing

@testable import Web

struct PasswordCheckTests {
    private static let guesser = Guesser(source: .ipv4(1))

    private static func users(_ hash: String = PasswordHashTests.secret) throws -> Users {
        Users(["alice": try PasswordHash(hash)])
    }

    private static func credentials(_ password: String, user: String = "alice") -> BasicCredentials {
        BasicCredentials(user: user, password: password)
    }

    @Test func `the right password is accepted while others guess`() async throws {
        let check = PasswordCheck()
        let users = try Self.users()
        await withTaskGroup { tasks in
            for number in 1...100 {
                tasks.addTask {
                    let verdict = await check.check(Self.credentials("\(number)"), users: users, of: Self.guesser)
                    #expect(verdict == .wrong)
                }
            }
            tasks.addTask {
                let verdict = await check.check(Self.credentials("secret"), users: users, of: Self.guesser)
                #expect(verdict == .right)
            }
        }
    }

    /// Each guess would take 20 seconds.
    @Test func `a guess is not checked after its client has left, and the queue is bounded by the connections`()
        async throws
    {
        let check = PasswordCheck()
        let users = try Self.users(PasswordHashTests.secret.replacing("$04$", with: "$18$"))
        let guesser = Guesser(source: .ipv4(1), hasLeft: { true })
        await withTaskGroup { tasks in
            for number in 1...(2 * PasswordCheck.maxWaiting) {
                tasks.addTask {
                    let verdict = await check.check(Self.credentials("\(number)"), users: users, of: guesser)
                    #expect(verdict == .busy)
                }
            }
        }
    }

    @Test func `the beginning and the end of a wait are reported, except for recognised passwords`() async throws {
        let check = PasswordCheck()
        let users = try Self.users()
        let told = Protected<[Bool]>([])
        let guesser = Guesser(source: .ipv4(1), waits: { waits in told.withLock { $0.append(waits) } })
        #expect(await check.check(Self.credentials("secret"), users: users, of: guesser) == .right)
        #expect(told.withLock { $0 } == [true, false])
        #expect(await check.check(Self.credentials("secret"), users: users, of: guesser) == .right)
        #expect(told.withLock { $0 } == [true, false])
    }
}
