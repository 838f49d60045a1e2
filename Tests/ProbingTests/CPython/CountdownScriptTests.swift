import Glibc
import Linux
import Testing

@testable import Probing

private let hostPython = RuntimeDiscovery(path: Environment.value("PATH") ?? RuntimeDiscovery.standardPath)
    .interpreter("python3")

/// The countdown in the host's own interpreter, started and checked as the daemon does.
struct CountdownScriptTests {
    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"))
    func `every supported probe gives a credible report`() async throws {
        let runner = ProbeRunner(launcher: Program.launcher)
        var runtime = try #require(hostPython)
        let info = try await runner.describe(runtime, timeLimit: .seconds(60))
        #expect(info.supports(.single))
        #expect(info.supported.count + info.unsupported.count == Probe.allCases.count)
        runtime.iterations = 20_001
        var settings = ProbingSettings()
        settings.timeLimit = .seconds(60)
        for probe in Probe.allCases where info.supports(probe) {
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

    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"))
    func `a process that cannot set itself up ends the worker with an explanation`() async throws {
        // Every process but the first fails in os.dup, which is its first step.
        let saboteur = """
            import multiprocessing, os, sys
            multiprocessing.set_start_method("fork")
            first, dup = os.getpid(), os.dup
            os.dup = lambda number: dup(number) if os.getpid() == first else 1 / 0
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
