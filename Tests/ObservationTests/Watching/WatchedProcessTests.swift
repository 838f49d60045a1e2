import Testing

@testable import Observation

struct WatchedProcessTests {
    private let earlier = ProcessObservation(
        version: PythonVersion(major: 3, minor: 11, micro: 2),
        build: .gil,
        isGILEnabled: true,
        interpreters: 1,
        switchInterval: .milliseconds(5),
        observed: .seconds(8),
        held: .seconds(5),
        wait: .seconds(7),
        waitingThreads: 2,
        samples: 800,
        switches: 1000,
        waits: 2000,
        forcedHandoffs: 900
    )

    @Test func `ratios and rates are of the time that was observed`() throws {
        var later = earlier
        later.observed += .seconds(2)
        later.held += .seconds(1)
        later.wait = .seconds(10)
        later.samples += 200
        later.switches += 400
        later.waits = 2600
        later.forcedHandoffs = 1000
        let activity = try #require(WatchedProcess.Activity(from: earlier, to: later))
        #expect(activity.heldRatio == 0.5)
        #expect(activity.waitRatio == 1.5)
        #expect(activity.samplesPerSecond == 100)
        #expect(activity.switchesPerSecond == 200)
        #expect(activity.waitsPerSecond == 300)
        #expect(activity.forcedHandoffsPerSecond == 50)
    }

    @Test func `without a sample in between nothing is said`() {
        #expect(WatchedProcess.Activity(from: earlier, to: earlier) == nil)
    }

    @Test func `what a C library hides stays unknown`() throws {
        var hidden = earlier
        (hidden.wait, hidden.waits, hidden.forcedHandoffs) = (nil, nil, nil)
        var later = hidden
        later.observed += .seconds(1)
        later.held += .seconds(1)
        let activity = try #require(WatchedProcess.Activity(from: hidden, to: later))
        #expect(activity.heldRatio == 1)
        #expect(activity.waitRatio == nil)
        #expect(activity.waitsPerSecond == nil)
        #expect(activity.forcedHandoffsPerSecond == nil)
    }
}
