import Linux
import Testing

@testable import Web

@Suite("A check of passwords")
struct PasswordCheckTests {
    private static let guesser = Guesser(source: .ipv4(1))

    private static func users(_ hash: String = PasswordHashTests.secret) throws -> Users {
        Users(["alice": try PasswordHash(hash)])
    }

    private static func credentials(_ password: String, user: String = "alice") -> BasicCredentials {
        BasicCredentials(user: user, password: password)
    }

    @Test("lets in who knows the password while many guess at it")
    func flood() async throws {
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

    /// Of the highest cost, each of which would take 20 seconds.
    @Test("does no work for who has left, and has no place for more than there can be connections")
    func left() async throws {
        let check = PasswordCheck()
        let users = try Self.users(PasswordHashTests.secret.replacing("$04$", with: "$18$"))
        let guesser = Guesser(source: .ipv4(1), hasLeft: { true })
        await withTaskGroup { tasks in
            for number in 1...(2 * PasswordCheck.mostWaiting) {
                tasks.addTask {
                    let verdict = await check.check(Self.credentials("\(number)"), users: users, of: guesser)
                    #expect(verdict == .busy)
                }
            }
        }
    }

    @Test("tells when somebody begins to wait and when that ends, but not of who is recognised")
    func waits() async throws {
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
