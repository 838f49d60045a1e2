import Glibc
import Linux
import Testing

@testable import Observation

struct CPUAccountTests {
    private static func time(_ user: Int, _ system: Int) -> CPUTime {
        CPUTime(user: .milliseconds(user), system: .milliseconds(system))
    }

    @Test func `time counts from the first sample, and not in a pause`() {
        var account = CPUAccount()
        account.add(Self.time(100, 50))
        #expect(account.before == nil)
        account.resume()
        account.add(Self.time(130, 60))
        account.pause()
        account.add(Self.time(200, 100))
        account.resume()
        account.add(Self.time(210, 105))
        #expect(account.total == Self.time(40, 15))
        #expect(account.before == Self.time(100, 50))
    }

    @Test func `a time that seems to go back is not counted twice`() {
        var account = CPUAccount()
        account.resume()
        for user in [100, 90, 110] { account.add(Self.time(user, 0)) }
        #expect(account.total == Self.time(110, 0))
    }

    @Test func `what is lost at the end is at most a sixteenth of what was counted`() {
        #expect(CPUAccount.interval(after: 0) == 25_000_000)
        #expect(CPUAccount.interval(after: 800_000_000) == 50_000_000)
        #expect(CPUAccount.interval(after: 3_600_000_000_000) == 1_000_000_000)
    }
}

struct KernelAccountTests {
    @Test func `a gap before a sleep leaves nothing out of the time after it`() throws {
        let process = ProcessIdentity(pid: 7, startTime: 1)
        let cpu = Protected(Duration.zero)
        let isShort = Protected(false)
        var account = KernelAccount(
            of: process,
            CPUAccount(),
            lookUp: { _ throws(SystemError) in
                if isShort.withLock({ $0 }) { throw SystemError("open /proc/7/stat", code: EMFILE) }
                return KernelRecord(process, threads: 1, cpu: CPUTime(user: cpu.withLock { $0 }))
            },
            clock: { _ in UInt64(cpu.withLock { $0.nanoseconds }) }
        )
        let second: UInt64 = 1_000_000_000
        try account.check(at: 0, next: second, mayRest: true)
        try account.resume()
        account.skip(from: 10 * second, to: 70 * second)
        isShort.withLock { $0 = true }
        #expect(throws: ReadingError.postponed) { try account.check(at: 70 * second, next: second, mayRest: true) }
        isShort.withLock { $0 = false }
        let isUnchanged = account.staysUnchanged(account.cpuTime(), at: 75 * second)
        #expect(isUnchanged)
        cpu.withLock { $0 += .seconds(5) }
        try account.check(at: 80 * second, next: second, mayRest: true)
        #expect(account.cpu.total.user == .seconds(5))
    }
}
