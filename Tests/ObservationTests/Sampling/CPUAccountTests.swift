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
