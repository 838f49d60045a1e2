import Linux
import Testing

@testable import Probing

struct NativeWorkerTests {
    private let runner = ProbeRunner(launcher: Program.launcher)

    @Test func `the native runtime describes itself by its executable`() async throws {
        let info = try await runner.describe(.native, timeLimit: .seconds(60))
        #expect(info.implementation == "native")
        #expect(info.path == RuntimeDiscovery.realPath(Program.path))
        #expect(info.supported == ["single", "gil", "lockfree", "multiprocess", "refcount", "latency"])
        #expect(info.unsupported.keys.sorted() == ["subinterpreter"])
        #expect(info.switchIntervalNanoseconds == 5_000_000)
        #expect(info.refcountSchemes == ["unprotected", "gil", "object_lock", "atomic", "biased"])
        #expect(info.latencyLocks == ["shared", "none"])
        #expect(info.lockCounts == ["acquisitions", "switches", "timed_waits", "forced_handoffs"])
    }

    @Test func `the native runtime has the switch interval that is set`() async throws {
        let info = try await runner.describe(.native, timeLimit: .seconds(60), switchInterval: .milliseconds(2))
        #expect(info.switchIntervalNanoseconds == 2_000_000)
    }

    @Test(arguments: NativeWorker.supported.filter { $0.work == .countdown })
    func `every worker counts its share, and its time is accounted for`(probe: Probe) async throws {
        var settings = ProbingSettings()
        settings.workers = 3
        var runtime = RuntimeConfiguration.native
        runtime.iterations = 3_000_001
        let expected: [UInt64] = probe == .single ? [3_000_001] : [1_000_001, 1_000_000, 1_000_000]
        var unexplained: [UInt64] = []
        // What a hypervisor or an interrupt takes is in none of the clocks but the wall's. A ledger that leaves
        // something out does so every time.
        for _ in 1...5 {
            let measurement = try await runner.measure(
                probe,
                of: runtime,
                describedAs: NativeWorker.describe(version: "1.2.3", path: "/"),
                settings: settings
            )
            #expect(measurement.ledgers.map(\.iterations) == expected)
            #expect(measurement.ledgers.map(\.wall).max() == measurement.duration)
            let beyond = try measurement.ledgers.map { ledger in
                let rest = try #require(ledger.rest)
                return rest - min(rest, ledger.wall / 50 + 2_000_000)
            }
            unexplained.append(beyond.max() ?? 0)
            if unexplained.last == 0 { break }
        }
        #expect(unexplained.contains(0), "nanoseconds beyond what may be left, by attempt: \(unexplained)")
    }

    @Test func `a run in phases has the figures of each, and a ledger of each worker`() async throws {
        var settings = ProbingSettings()
        (settings.wakeUps, settings.workers) = (10, 3)
        var runtime = RuntimeConfiguration.native
        runtime.pairs = 3001
        let info = NativeWorker.describe(version: "1.2.3", path: "/")
        let counts = try await runner.measure(.refcount, of: runtime, describedAs: info, settings: settings)
        #expect(counts.referenceCounts.count == 20)
        #expect(counts.ledgers.count == 3)
        #expect(counts.ledger.iterations == counts.referenceCounts.reduce(0) { $0 + $1.pairs })
        #expect(counts.latency == nil)

        let latency = try await runner.measure(.latency, of: runtime, describedAs: info, settings: settings)
        let distributions = try #require(latency.latency).distributions
        #expect(distributions.map(\.lock) == [.shared, .none])
        #expect(distributions.allSatisfy { $0.count <= 10 })
        #expect(latency.ledgers.count == 3)
        #expect(latency.referenceCounts.isEmpty)
    }

    // Threads of this process, and not multiprocess: fork(2) is only for a process that has one thread.
    @Test(arguments: [Probe.single, .gil, .lockfree])
    func `only the lock of gil has counts`(probe: Probe) throws {
        let job = WorkerJob.run(probe, workers: probe.workers(2), iterations: 1000)
        let report = try NativeWorker.run(job, began: KernelClock.monotonic())
        #expect((report.lock != nil) == (probe == .gil))
        if let lock = report.lock {
            let acquisitions = try #require(lock.acquisitions)
            let switches = try #require(lock.switches)
            #expect(acquisitions >= 2)
            #expect((2...acquisitions).contains(switches))
        }
    }

    @Test(
        arguments: [
            (WorkerJob(task: .run), "a run needs a probe, workers and iterations"),
            (.run(.subinterpreter, workers: 1, iterations: 1), "the native runtime has no probe subinterpreter"),
            (.run(.gil, workers: 0, iterations: 1), "gil cannot have 0 workers"),
            (.run(.gil, workers: .max, iterations: 1), "gil cannot have \(Int.max) workers"),
            (.run(.single, workers: 2, iterations: 1), "single cannot have 2 workers"),
            (.run(.latency, workers: 1, iterations: 1), "latency cannot have 1 workers"),
            (.run(.gil, workers: 1, iterations: 0), "0 iterations cannot be done"),
            (.run(.gil, workers: 1, iterations: .min), "\(Int.min) iterations cannot be done"),
            (
                .run(.gil, workers: 1, iterations: 1, switchIntervalNanoseconds: .max),
                "the switch interval is too long"
            ),
        ]
    )
    func `a job that it cannot do is refused`(job: WorkerJob, reason: String) throws {
        let refusal = try #require(throws: JobRefusal.self) { try NativeWorker.run(job, began: 0) }
        #expect(refusal.description == reason)
    }

    @Test func `the program refuses a job with an explanation and the exit status of the protocol`() async throws {
        let job = #"{"protocol":2,"task":"describe"}"#
        let outcome = try await Program.launcher.run([job], input: [], timeLimit: .seconds(60))
        #expect(outcome.ending == .exited(2))
        #expect(outcome.standardError == "gil-exporter worker: the job has protocol version 2, but this is 1")
        #expect(outcome.output.isEmpty)
    }
}
