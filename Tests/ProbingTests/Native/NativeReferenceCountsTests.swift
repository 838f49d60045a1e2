import Linux
import Testing

@testable import Probing

struct NativeReferenceCountsTests {
    @Test func `every scheme runs on shared and on private objects, with one worker and with all`() throws {
        let phases = try NativeReferenceCounts.run(pairs: 1001, 3, 5_000_000).map(\.phase)
        let runs = phases.map { "\($0.scheme.rawValue) \($0.sharing.rawValue) \($0.workers)" }
        #expect(runs.count == 20)
        #expect(Set(runs).count == 20)
        #expect(phases.allSatisfy { $0.pairs == 1001 || $0.pairs == 8 * 1001 })
        #expect(Set(phases.map(\.scheme)) == Set(ReferenceCountScheme.allCases).subtracting([.interpreter]))
    }

    @Test func `one worker alone is measured once`() throws {
        let phases = try NativeReferenceCounts.run(pairs: 10, 1, 5_000_000).map(\.phase)
        #expect(phases.count == 10)
        #expect(phases.allSatisfy { $0.workers == 1 })
    }

    @Test func `only unprotected counts of shared objects can be wrong`() throws {
        for _ in 1...5 {
            let results = try NativeReferenceCounts.run(pairs: 200_000, 4, 5_000_000)
            for phase in results.map(\.phase) {
                if phase.scheme == .unprotected, phase.sharing == .shared, phase.workers > 1 { continue }
                #expect(phase.leaked == 0 && phase.releasedEarly == 0, "\(phase)")
            }
        }
    }

    @Test func `a race on an unprotected count is seen`() throws {
        // Threads that do not run at the same time lose nothing, so a busy machine needs several attempts.
        for _ in 1...200 {
            let phases = try NativeReferenceCounts.run(pairs: 200_000, 2, 5_000_000).map(\.phase)
            let race = try #require(phases.together(.unprotected, .shared))
            #expect(race.leaked <= race.pairs && race.releasedEarly <= race.pairs)
            if race.leaked + race.releasedEarly > 0 { return }
        }
        let cpus = try Affinity.ofCallingThread().count
        #expect(cpus == 1, "nothing was lost in 200 runs on \(cpus) CPUs")
    }

    @Test func `an owner counts plainly, and other threads beside it`() {
        let objects = CountedObjects(owner: 1)
        #expect(objects.isOwned(5, by: 1))
        #expect(!objects.isOwned(5, by: 0))
        #expect(objects.addPlainly(1, to: 5) == 2)
        #expect(objects.addForOthers(1, to: 5) == 1)
        #expect(objects.excess[5] == 2)
        #expect(objects.excess.reduce(0, +) == 2)
        #expect(objects.addForOthers(-1, to: 5) == 0)
        #expect(objects.addAtomically(-1, to: 5) == CountedObjects.references)
        #expect(objects.excess == [Int](repeating: 0, count: CountedObjects.number))
    }

    @Test func `a mutex belongs to one object`() {
        let objects = CountedObjects(owner: 0)
        objects.lock(0)
        objects.lock(1)
        objects.unlock(0)
        objects.unlock(1)
    }
}
