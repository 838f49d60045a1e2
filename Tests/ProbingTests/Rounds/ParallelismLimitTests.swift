import Testing

@testable import Probing

struct ParallelismLimitTests {
    private func round(_ measurements: [Measurement]) -> Round {
        let runs = measurements.map { Round.Run(runtime: $0.runtime, probe: $0.probe, outcome: .success($0)) }
        return Round(number: 0, runs: runs)
    }

    /// A measurement whose workers got `cpu` of the CPU, and waited for the lock for `lockWait` of their time.
    private func measurement(
        _ probe: Probe,
        _ milliseconds: UInt64,
        of runtime: String = "native",
        cpu: Double = 1,
        lockWait: Double = 0,
        _ disturbances: Set<Disturbance> = []
    ) -> Measurement {
        let duration = milliseconds * 1_000_000
        return Samples.measurement(probe, of: runtime, duration: duration, disturbances: disturbances) { ledger in
            ledger.user = UInt64(Double(duration) * cpu)
            ledger.system = 0
            ledger.lockWait = UInt64(Double(duration) * lockWait)
        }
    }

    private func under(_ milliseconds: UInt64, of runtime: String = "native", lockWait: Double = 0.5) -> Measurement {
        measurement(.gil, milliseconds, of: runtime, cpu: 0.5, lockWait: lockWait)
    }

    @Test func `the limit is unknown before a round, and without a probe that shares no lock`() {
        #expect(ParallelismLimit([]) == nil)
        #expect(ParallelismLimit([round([measurement(.single, 100), under(100)])]) == nil)
        #expect(ParallelismLimit([round([measurement(.lockfree, 50)])]) == nil)
    }

    @Test func `the lock limits where workers without one are fast, an interpreter's before the native one`() throws {
        let limit = try #require(
            ParallelismLimit([
                round([
                    measurement(.single, 100), under(100), measurement(.lockfree, 50),
                    measurement(.single, 200, of: "python3"), under(250, of: "python3"),
                ])
            ])
        )
        #expect((limit.isLockLimited, limit.isHostLimited) == (true, false))
        #expect((limit.free.runtime, limit.free.probe, limit.free.speedup) == ("native", .lockfree, 2))
        let locked = try #require(limit.locked)
        #expect((locked.runtime, locked.probe, locked.speedup) == ("python3", .gil, 0.8))
        #expect(locked.lockWait == 0.5)
    }

    @Test func `a lock that nobody waits for does not limit`() throws {
        let rounds = [round([measurement(.single, 100), under(100, lockWait: 0.1), measurement(.lockfree, 50)])]
        let limit = try #require(ParallelismLimit(rounds))
        #expect((limit.isLockLimited, limit.isHostLimited) == (false, false))
    }

    @Test func `the host limits where workers without a lock are slow, for the causes of most rounds`() throws {
        let disturbances: [Set<Disturbance>] = [[.steal, .affinity], [.affinity], []]
        let rounds = disturbances.map { disturbances in
            round([measurement(.single, 100), under(100), measurement(.lockfree, 90, disturbances)])
        }
        let limit = try #require(ParallelismLimit(rounds))
        #expect((limit.isLockLimited, limit.isHostLimited) == (true, true))
        #expect(limit.free.probe == .lockfree)
        #expect(limit.disturbances == [.affinity])
    }

    @Test func `the host limits where workers get no CPU, even if a starved single makes them look fast`() throws {
        let limit = try #require(
            ParallelismLimit([round([measurement(.single, 200), measurement(.lockfree, 60, cpu: 0.6)])])
        )
        #expect(limit.free.speedup > 3)
        #expect(limit.isHostLimited == true)
    }

    @Test func `nothing follows from runs that were all disturbed`() throws {
        let starved = measurement(.lockfree, 60, cpu: 0.2, [.runQueue])
        let rounds = (0..<3).map { _ in round([measurement(.single, 100), under(100), starved]) }
        let limit = try #require(ParallelismLimit(rounds))
        #expect((limit.isLockLimited, limit.isHostLimited) == (true, nil))
        #expect(limit.disturbances == [.runQueue])
        // Each of the reasons is in a minority of the runs.
        let reasons: [Disturbance] = [.steal, .runQueue, .throttled]
        let mixed = reasons.map { round([measurement(.single, 100), measurement(.lockfree, 60, [$0])]) }
        #expect(try #require(ParallelismLimit(mixed)).disturbances == Disturbance.allCases.filter(reasons.contains))
    }

    @Test func `a probe with an undisturbed run is better evidence than a faster one without`() throws {
        let rounds = [
            round([
                measurement(.single, 100), measurement(.lockfree, 50, [.runQueue]), measurement(.multiprocess, 55),
            ])
        ]
        let limit = try #require(ParallelismLimit(rounds))
        #expect((limit.free.probe, limit.isHostLimited) == (.multiprocess, false))
    }

    @Test func `speedups are from rounds with an undisturbed single, if there are any`() throws {
        let good = round([measurement(.single, 100), measurement(.lockfree, 50)])
        let bad = round([measurement(.single, 300, [.runQueue]), measurement(.lockfree, 50)])
        #expect(try #require(ParallelismLimit([bad, bad, bad, good])).free.speedup == 2)
        let alone = try #require(ParallelismLimit([bad]))
        #expect((alone.free.speedup, alone.isHostLimited) == (6, nil))
        #expect(alone.disturbances == [.runQueue])
    }

    @Test func `one disturbed round does not change the limit`() throws {
        let good = round([measurement(.single, 100), measurement(.lockfree, 50)])
        let bad = round([measurement(.single, 100), measurement(.lockfree, 200)])
        #expect(try #require(ParallelismLimit([good, good, bad])).isHostLimited == false)
        #expect(try #require(ParallelismLimit([bad, bad, bad, good, good])).isHostLimited == true)
    }
}
