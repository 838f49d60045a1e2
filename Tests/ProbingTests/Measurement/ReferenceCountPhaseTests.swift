import Testing

@testable import Probing

struct ReferenceCountPhaseTests {
    private let phases = Samples.referenceCounts.referenceCountPhases ?? []

    @Test func `the time of a pair is that of one worker`() {
        // 20 ms of one worker, and 40 ms of two, for 30 pairs.
        #expect(phases[0].pairTime == 20_000_000.0 / 30)
        #expect(phases[1].pairTime == 80_000_000.0 / 30)
    }

    @Test func `the speedup compares the durations of the same pairs`() {
        #expect(phases.speedup(.unprotected, .shared) == 0.5)
        #expect(phases.speedup(.atomic, .shared) == 1)
    }

    @Test func `one worker alone has no speedup`() {
        #expect([phases[0]].speedup(.unprotected, .shared) == nil)
        #expect([phases[0]].together(.unprotected, .shared) == nil)
        #expect(phases.speedup(.atomic, .private) == nil)
    }
}
