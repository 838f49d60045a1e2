import Testing

@testable import Observation

struct SamplingScheduleTests {
    private static let millisecond: UInt64 = 1_000_000
    private let working = SamplingSchedule.Outlook(isPaced: true)

    @Test func `those that rest are looked at twice a second, however seldom passes are`() throws {
        var thread = SimulatedThread(SamplingSchedule.Outlook(isPaced: true, isResting: true), pause: 4000)
        try thread.run(for: 40_000)
        #expect((10...11).contains(thread.passes.count))
        let looks = thread.looks
        #expect((80...100).contains(looks.count))
        #expect(zip(looks, looks.dropFirst()).allSatisfy { $1 - $0 <= 502 * Self.millisecond })
    }

    @Test func `processes that rest alone are looked at twenty times a second`() throws {
        var thread = SimulatedThread(SamplingSchedule.Outlook(isResting: true), pause: 10)
        try thread.run(for: 1000)
        #expect((18...21).contains(thread.looks.count))
    }

    @Test func `passes come at the intended rate, however long one takes`() throws {
        var thread = SimulatedThread(working, pause: 100, duration: 30)
        try thread.run(for: 10_000)
        #expect((100...101).contains(thread.passes.count))
        var slow = SimulatedThread(working, pause: 100, duration: 150)
        try slow.run(for: 10_000)
        // One behind the other, but not without a pause.
        #expect((66...67).contains(slow.passes.count))
        #expect(zip(slow.passes, slow.passes.dropFirst()).allSatisfy { $1 - $0 > 150 * Self.millisecond })
    }

    @Test func `another reason to wake up makes no pass, and puts none off`() throws {
        var schedule = SamplingSchedule()
        schedule.end(schedule.begin(at: 0), at: 0, working, pause: 100 * Self.millisecond, retryPause: 0)
        let turn = schedule.begin(at: 50 * Self.millisecond)
        #expect(!turn.isPass && !turn.areRestsRead && turn.sincePass == nil)
        schedule.end(turn, at: 51 * Self.millisecond, working, pause: 70 * Self.millisecond, retryPause: 0)
        #expect(schedule.deadline == 100 * Self.millisecond)
        #expect(schedule.begin(at: 100 * Self.millisecond).sincePass == 100 * Self.millisecond)
    }

    @Test func `a pass is late if the thread had no CPU, but not after searches`() {
        // In microseconds.
        let cases: [(delay: UInt64, isSearching: Bool, isLate: Bool)] = [
            (0, false, false), (500, false, false), (2000, false, true), (2000, true, false),
        ]
        for (delay, isSearching, isLate) in cases {
            var schedule = SamplingSchedule()
            schedule.end(schedule.begin(at: 1), at: 1, working, pause: 100 * Self.millisecond, retryPause: 0)
            let now = 1 + 100 * Self.millisecond + 1000 * delay
            if isSearching { schedule.postponePass(until: now) }
            let turn = schedule.begin(at: now)
            #expect(turn.isPass && turn.isLate == isLate)
        }
    }

    @Test func `attempts to read another process do not put off those that rest`() throws {
        let outlook = SamplingSchedule.Outlook(isPaced: true, isResting: true, nextAttempt: 1)
        var thread = SimulatedThread(outlook, pause: 4000, retryPause: 100)
        try thread.run(for: 40_000)
        #expect(thread.looks.count >= 79 && (10...11).contains(thread.passes.count))
    }

    @Test func `when the last process at the full rate begins to rest, no long pause is waited for`() {
        var schedule = SamplingSchedule()
        schedule.end(schedule.begin(at: 1), at: 1, working, pause: 10_000 * Self.millisecond, retryPause: 0)
        let resting = SamplingSchedule.Outlook(isResting: true)
        schedule.end(schedule.begin(at: 2), at: 2, resting, pause: 10_000 * Self.millisecond, retryPause: 0)
        #expect(schedule.deadline.map { $0 <= 51 * Self.millisecond } == true)
        let isPass = schedule.begin(at: 51 * Self.millisecond).isPass
        #expect(isPass)
    }

    @Test func `without anything to sample the thread sleeps, and a pass after that has no predecessor`() {
        var schedule = SamplingSchedule()
        schedule.end(schedule.begin(at: 1), at: 2, SamplingSchedule.Outlook(), pause: 10, retryPause: 10)
        #expect(schedule.deadline == nil)
        let turn = schedule.begin(at: 3_600_000 * Self.millisecond)
        #expect(turn.isPass && !turn.isLate && turn.sincePass == nil)
    }

    @Test func `a process that could not be read is tried again when it is due, and not more often than samples`() {
        for (attempt, deadline) in [(20, 100), (500, 500)] as [(UInt64, UInt64)] {
            var schedule = SamplingSchedule()
            let outlook = SamplingSchedule.Outlook(isPaced: true, nextAttempt: attempt * Self.millisecond)
            let (pause, retry) = (1000 * Self.millisecond, 100 * Self.millisecond)
            schedule.end(schedule.begin(at: 0), at: 0, outlook, pause: pause, retryPause: retry)
            #expect(schedule.deadline == deadline * Self.millisecond)
        }
    }
}

/// A thread that wakes up when its schedule says, on a clock of its own. Durations are given in milliseconds.
private struct SimulatedThread {
    private var schedule = SamplingSchedule()
    private var now: UInt64 = 1_000_000
    private let outlook: SamplingSchedule.Outlook
    private let pause: UInt64
    private let duration: UInt64
    private let retryPause: UInt64
    /// When passes began, in nanoseconds.
    private(set) var passes: [UInt64] = []
    /// When those that rest were looked at, in nanoseconds.
    private(set) var looks: [UInt64] = []

    init(_ outlook: SamplingSchedule.Outlook, pause: UInt64, duration: UInt64 = 0, retryPause: UInt64 = 0) {
        self.outlook = outlook
        (self.pause, self.duration) = (pause * 1_000_000, duration * 1_000_000)
        self.retryPause = retryPause * 1_000_000
    }

    mutating func run(for milliseconds: UInt64) throws {
        let stop = now + milliseconds * 1_000_000
        while now < stop {
            let turn = schedule.begin(at: now)
            if turn.isPass { passes.append(now) }
            if turn.areRestsRead { looks.append(now) }
            schedule.end(turn, at: now + duration, outlook, pause: pause, retryPause: retryPause)
            now = try #require(schedule.deadline)
        }
    }
}
