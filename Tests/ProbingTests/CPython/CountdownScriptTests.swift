import Glibc
import Linux
import Testing

@testable import Probing

private let hostPython = RuntimeDiscovery(path: Environment.value("PATH") ?? RuntimeDiscovery.standardPath)
    .interpreter("python3")

/// The countdown in the host's own interpreter, started and checked as the daemon does.
struct CountdownScriptTests {
    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"))
    func `every supported probe that counts down gives a credible report`() async throws {
        let runner = ProbeRunner(launcher: Program.launcher)
        var runtime = try #require(hostPython)
        let info = try await runner.describe(runtime, timeLimit: .seconds(60))
        #expect(info.supports(.single))
        #expect(info.supported.count + info.unsupported.count == Probe.allCases.count)
        runtime.iterations = 20_001
        var settings = ProbingSettings()
        settings.timeLimit = .seconds(60)
        for probe in Probe.allCases where info.supports(probe) && probe.work == .countdown {
            let measurement = try await runner.measure(probe, of: runtime, describedAs: info, settings: settings)
            #expect(measurement.ledgers.map(\.iterations) == (probe == .single ? [20_001] : [10_001, 10_000]))
            // The description announces the counts, so that their metrics exist before the first measurement.
            for count in LockCounts.CodingKeys.allCases {
                let values: [LockCounts.CodingKeys: UInt64?] = [
                    .acquisitions: measurement.lock?.acquisitions, .switches: measurement.lock?.switches,
                    .timedWaits: measurement.lock?.timedWaits, .forcedHandoffs: measurement.lock?.forcedHandoffs,
                ]
                #expect((values[count] as? UInt64 != nil) == info.reports(count, of: probe))
            }
            if let lock = measurement.lock {
                #expect(lock.acquisitions == nil)
                #expect(try #require(lock.forcedHandoffs) <= #require(lock.switches))
                #expect(lock.timedWaits != nil)
            }
        }
    }

    // A number of pairs that leaves a rest when it is divided by the workers, and by the pairs of one turn of the loop.
    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"), arguments: [1, 2, 3])
    func `an interpreter loses no reference, and counts every pair`(workers: Int) async throws {
        let runner = ProbeRunner(launcher: Program.launcher)
        var runtime = try #require(hostPython)
        let info = try await runner.describe(runtime, timeLimit: .seconds(60))
        guard info.supports(.refcount) else {
            #expect(info.pairs == nil)
            #expect(info.unsupported["refcount"] == "this interpreter does not count references")
            return
        }
        #expect(try #require(info.pairs) > 0)
        runtime.pairs = 20_009
        var settings = ProbingSettings()
        settings.timeLimit = .seconds(60)
        settings.workers = workers
        let measurement = try await runner.measure(.refcount, of: runtime, describedAs: info, settings: settings)
        let phases = measurement.referenceCounts
        let sizes = workers == 1 ? [1] : [1, workers]
        #expect(phases.map(\.workers) == sizes + sizes)
        let sharing: [ReferenceSharing] = workers == 1 ? [.shared, .private] : [.shared, .shared, .private, .private]
        #expect(phases.map(\.sharing) == sharing)
        for phase in phases {
            #expect(phase.scheme == .interpreter)
            #expect(phase.pairs == 20_009)
            #expect(phase.leaked == 0)
            #expect(phase.releasedEarly == 0)
        }
        // Each phase with one worker is done by the first.
        let expected: [UInt64] =
            switch workers {
            case 1: [2 * 20_009]
            case 2: [2 * (20_009 + 10_005), 2 * 10_004]
            default: [2 * (20_009 + 6_670), 2 * 6_670, 2 * 6_669]
            }
        #expect(measurement.ledgers.map(\.iterations) == expected)
        #expect(measurement.duration == phases.reduce(0) { $0 + $1.duration })
        #expect(measurement.lock == nil)
    }

    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"), arguments: [2, 3])
    func `an interpreter wakes up beside others at most as often as asked`(workers: Int) async throws {
        let runner = ProbeRunner(launcher: Program.launcher)
        let runtime = try #require(hostPython)
        let info = try await runner.describe(runtime, timeLimit: .seconds(60))
        #expect(info.supports(.latency))
        var settings = ProbingSettings()
        settings.timeLimit = .seconds(60)
        settings.workers = workers
        settings.wakeUps = 5
        let measurement = try await runner.measure(.latency, of: runtime, describedAs: info, settings: settings)
        let latency = try #require(measurement.latency)
        let locks: [WakeUpLock] =
            info.freeThreaded ? [.none] : info.supports(.subinterpreter) ? [.shared, .own] : [.shared]
        #expect(latency.distributions.map(\.lock) == locks)
        #expect(latency.distributions.allSatisfy { (1...5).contains($0.delays.count) })
        // The waking worker does not count down.
        #expect(measurement.ledgers.count == workers)
        #expect(measurement.ledgers.first?.iterations == 0)
        #expect(measurement.lock == nil)
    }

    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"))
    func `a phase of latency ends at the first wake-up after its limit`() async throws {
        let runner = ProbeRunner(launcher: Program.launcher)
        let runtime = try #require(hostPython)
        let info = try await runner.describe(runtime, timeLimit: .seconds(60))
        var settings = ProbingSettings()
        settings.timeLimit = .seconds(60)
        settings.wakeUps = 1_000_000
        settings.phaseLimit = .nanoseconds(1)
        let measurement = try await runner.measure(.latency, of: runtime, describedAs: info, settings: settings)
        let latency = try #require(measurement.latency)
        #expect(latency.distributions.allSatisfy { $0.delays.count == 1 })
    }

    // Every process but the first fails: in its main thread, as it sets itself up, or in the thread that counts down.
    @Test(
        .enabled(if: hostPython != nil, "there is no python3 on PATH"),
        arguments: ["os.dup", "time.thread_time_ns"]
    )
    func `a process that fails ends the worker with an explanation`(step: String) async throws {
        let saboteur = """
            import multiprocessing, os, sys, time
            multiprocessing.set_start_method("fork")
            first, step = os.getpid(), \(step)
            \(step) = lambda *arguments: step(*arguments) if os.getpid() == first else 1 / 0
            sys.argv = sys.argv[-2:]
            exec(compile(open(sys.argv[0]).read(), sys.argv[0], "exec"))
            """
        guard case .python(let python) = try #require(hostPython).launch else { return }
        let runtime = RuntimeConfiguration(
            name: "broken",
            launch: .python(command: python + ["-c", saboteur]),
            iterations: 1000
        )
        let failure = try await #require(throws: WorkerFailure.self) {
            try await ProbeRunner(launcher: Program.launcher).measure(
                .multiprocess,
                of: runtime,
                describedAs: Samples.info(implementation: "cpython"),
                settings: ProbingSettings()
            )
        }
        #expect(failure.reason == .crash)
        #expect(failure.standardError.contains("ZeroDivisionError"))
        #expect(failure.standardError.contains("countdown: process "))
    }

    // The worker waits for a CPU before the barrier opens, and again in the call that reads its statistics behind it.
    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"))
    func `time on a run queue is counted once`() async throws {
        let scheduler = """
            import os, sys, time
            pread, waited, delays = os.pread, 0, [0.2, 0.2, 0]
            def busy(descriptor, size, offset):
                global waited
                if size != 64: return pread(descriptor, size, offset)
                read, delay = waited, delays.pop(0)
                time.sleep(delay)
                waited += int(delay * 1e9)
                return b"0 %d 1" % read
            os.pread = busy
            sys.argv = sys.argv[-2:]
            exec(compile(open(sys.argv[0]).read(), sys.argv[0], "exec"))
            """
        guard case .python(let python) = try #require(hostPython).launch else { return }
        var runtime = RuntimeConfiguration(name: "busy", launch: .python(command: python + ["-c", scheduler]))
        runtime.iterations = 1000
        let measurement = try await ProbeRunner(launcher: Program.launcher).measure(
            .single,
            of: runtime,
            describedAs: Samples.info(implementation: "cpython"),
            settings: ProbingSettings()
        )
        let ledger = try #require(measurement.ledgers.first)
        #expect((200_000_000...ledger.wall).contains(try #require(ledger.runQueue)))
    }

    @Test(arguments: ["2.7", "3.4", "3.6", "3.7"])
    func `an interpreter that is too old is refused`(series: String) async throws {
        // What cannot be had is not tested: nobody installs these any more.
        guard let python = Self.interpreter(series) else { return }
        let runtime = RuntimeConfiguration(name: "old", launch: .python(command: [python]))
        let failure = try await #require(throws: WorkerFailure.self) {
            try await ProbeRunner(launcher: Program.launcher).describe(runtime, timeLimit: .seconds(60))
        }
        #expect("\(failure)".contains("Python \(series)."))
        #expect("\(failure)".contains("older than 3.8"))
    }

    /// As pyenv installs it.
    private static func interpreter(_ series: String) -> String? {
        guard let home = Environment.value("HOME") else { return nil }
        var matches = unsafe glob_t()
        defer { unsafe globfree(&matches) }
        guard unsafe glob("\(home)/.pyenv/versions/\(series).*/bin/python", 0, nil, &matches) == 0 else { return nil }
        return unsafe matches.gl_pathv[0].map { unsafe String(cString: $0) }
    }
}
