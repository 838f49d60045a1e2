import Testing

@testable import Probing
@testable import Reports

struct ReferenceCountFindingsTests {
    private func sentences(_ phases: [ReferenceCountPhase]) -> [String] { ReferenceCountFindings(phases).sentences }

    @Test func `the native schemes show why there is a lock, and what the alternatives cost`() {
        #expect(
            sentences(Rounds.nativeCounts) == [
                "2 workers that share unprotected counts lost at least 4.9 % of their updates: objects would leak, or be "
                    + "released in use.",
                "The other schemes lost none.",
                "Compared with unprotected, a pair takes one worker 1.0 times as long under the GIL, 4.1 times with a lock "
                    + "per object, 3.0 times with atomic counts and 0.9 times with biased counts.",
                "With objects of their own, 2 workers do 1.0 times as many pairs as one under the GIL, 1.9 times with a "
                    + "lock per object, 2.0 times with atomic counts and 2.0 times with biased counts.",
            ]
        )
    }

    @Test func `an interpreter has the time of a pair, and what a second worker brings`() {
        #expect(
            sentences(Rounds.interpreterCounts) == [
                "No update was lost.",
                "A pair takes one worker 38.0 ns; 2 workers do 1.0 times as many as one with objects of their own, and "
                    + "1.0 times as many with shared ones.",
            ]
        )
    }

    @Test(arguments: [
        (0, 0, "none of their updates in this run."), (7, 0, "at least 7 of their updates: objects would leak."),
        (0, 40_000, "at least 2.0 % of their updates: objects would be released in use."),
    ])
    func `a race is not claimed beyond what it lost`(leaked: UInt64, early: UInt64, end: String) {
        let phases = Rounds.phases(
            .unprotected,
            shared: (9, 14),
            private: (9, 9),
            leaked: leaked,
            releasedEarly: early
        )
        #expect(sentences(phases) == ["2 workers that share unprotected counts lost \(end)"])
    }

    @Test func `a loss under a safe scheme is a fault`() {
        let phases = Rounds.phases(.gil, shared: (9, 18), private: (9, 18))
        #expect(sentences(phases).first == "No update was lost.")
        let lost = Rounds.phases(.gil, shared: (9, 18), private: (9, 18), leaked: 1)
        #expect(sentences(lost).first == "gil lost updates, which must not happen.")
    }

    @Test func `one worker shows only what a pair costs`() {
        let phases = (Rounds.nativeCounts + Rounds.interpreterCounts).filter { $0.workers == 1 }
        #expect(
            sentences(phases) == [
                "Compared with unprotected, a pair takes one worker 1.0 times as long under the GIL, 4.1 times with a lock "
                    + "per object, 3.0 times with atomic counts and 0.9 times with biased counts.",
                "A pair takes one worker 38.0 ns.",
            ]
        )
    }

    @Test(arguments: [Disturbance.runQueue, .affinity, .throttled])
    func `the times of workers that lacked CPUs are not compared`(disturbance: Disturbance) {
        let end = "The workers waited for CPUs, so the times show the machine rather than the counts."
        let native = ReferenceCountFindings(Rounds.nativeCounts, disturbances: [disturbance]).sentences
        #expect(native.count == 3)
        #expect(native.last == end)
        let python = ReferenceCountFindings(Rounds.interpreterCounts, disturbances: [disturbance]).sentences
        #expect(python == ["No update was lost.", end])
        #expect(
            ReferenceCountFindings(Rounds.nativeCounts, disturbances: [.steal]).sentences
                == sentences(Rounds.nativeCounts)
        )
    }
}
