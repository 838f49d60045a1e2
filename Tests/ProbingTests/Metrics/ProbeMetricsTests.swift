import Exposition
import Linux
import Testing

@testable import Probing

struct ProbeMetricsTests {
    private let registry = Registry()
    private let metrics: ProbeMetrics
    private let settings = ProbingSettings()

    init() {
        metrics = ProbeMetrics(registry, settings: settings)
    }

    @Test func `a supported probe has all its series from the start`() {
        describe("native", supported: [.gil])
        let labels = #"{runtime="native",probe="gil"}"#
        for name in [
            "runs_total", "setup_seconds_total", "iterations_total", "worker_seconds_total", "duration_seconds_count",
            "duration_seconds_sum",
        ] {
            #expect(value("gil_probe_\(name)\(labels)") == "0")
        }
        for reason in ["timeout", "crash", "protocol", "spawn"] {
            #expect(value(#"gil_probe_failures_total{runtime="native",probe="gil",reason="\#(reason)"}"#) == "0")
        }
        for reason in ["throttled", "steal", "run_queue", "affinity"] {
            #expect(value(#"gil_probe_disturbed_runs_total{runtime="native",probe="gil",reason="\#(reason)"}"#) == "0")
        }
        for mode in ["user", "system"] {
            #expect(value(#"gil_probe_cpu_seconds_total{runtime="native",probe="gil",mode="\#(mode)"}"#) == "0")
        }
        #expect(value("gil_probe_supported\(labels)") == "1")
        #expect(value("gil_probe_workers\(labels)") == "2")
    }

    @Test func `what neither the kernel nor the worker knows has no series`() {
        describe("native", supported: [.gil])
        let unknown = ["run_queue_seconds_total", "lock_wait_seconds_total", "context_switches_total"]
        func known() -> [String] {
            unknown.filter { name in exposition().contains { $0.hasPrefix("gil_probe_\(name){") } }
        }
        record(
            .measured(
                Samples.measurement(.gil) {
                    ($0.runQueue, $0.lockWait, $0.voluntarySwitches, $0.involuntarySwitches) = (nil, nil, nil, nil)
                }
            )
        )
        #expect(known() == [])
        record(.measured(Samples.measurement(.gil)))
        #expect(known() == unknown)
    }

    @Test func `only probes whose workers can always run count standstills`() {
        describe("native", supported: [.single, .gil, .lockfree, .refcount, .latency])
        let probes = ["single", "gil", "lockfree", "refcount", "latency"].filter { probe in
            value(#"gil_probe_disturbed_runs_total{runtime="native",probe="\#(probe)",reason="blocked"}"#) != nil
        }
        #expect(probes == ["single", "lockfree"])
    }

    @Test func `gauges of the newest measurement are absent before the first`() {
        describe("native", supported: [.single])
        #expect(!exposition().contains { $0.hasPrefix("gil_probe_last_") })
    }

    @Test func `an unsupported probe has only the series that it is unsupported`() {
        describe("native", supported: [.single])
        let lines = exposition().filter { $0.contains(#"probe="subinterpreter""#) }
        #expect(lines == [#"gil_probe_supported{runtime="native",probe="subinterpreter"} 0"#])
    }

    @Test func `counts of the lock that the runtime reports start at zero, and the others have no series`() {
        describe(
            "python3",
            supported: [.single, .gil],
            implementation: "cpython",
            lockCounts: [.switches, .timedWaits, .forcedHandoffs]
        )
        describe("pypy3", supported: [.gil], implementation: "pypy")
        #expect(
            exposition().filter { $0.hasPrefix("gil_probe_lock_") && !$0.hasPrefix("gil_probe_lock_wait_") } == [
                #"gil_probe_lock_forced_handoffs_total{runtime="python3",probe="gil"} 0"#,
                #"gil_probe_lock_switches_total{runtime="python3",probe="gil"} 0"#,
            ]
        )
    }

    @Test func `a supported probe has its facts as labels`() {
        describe("native", supported: [.single, .gil, .lockfree])
        #expect(
            exposition().filter { $0.hasPrefix("gil_probe_info{") } == [
                #"gil_probe_info{runtime="native",probe="gil",work="countdown",shares_lock="true",reference="false"} 1"#,
                #"gil_probe_info{runtime="native",probe="lockfree",work="countdown",shares_lock="false",reference="false"} 1"#,
                #"gil_probe_info{runtime="native",probe="single",work="countdown",shares_lock="false",reference="true"} 1"#,
            ]
        )
        plan([("native", info("native", [.single]))])
        #expect(exposition().count { $0.hasPrefix("gil_probe_info{") } == 1)
    }

    @Test func `a measurement is counted in base units and shown as the newest`() {
        describe("native", supported: [.gil])
        var measurement = Samples.measurement(.gil, disturbances: [.runQueue, .affinity])
        measurement.lock = LockCounts(acquisitions: 40, switches: 38, timedWaits: 60, forcedHandoffs: 30)
        record(.measured(measurement))
        record(.measured(measurement))
        let expected = [
            "runs_total": "2", "setup_seconds_total": "0.004", "iterations_total": "20", "worker_seconds_total": "0.4",
            "run_queue_seconds_total": "0.04", "lock_wait_seconds_total": "0.08", "lock_acquisitions_total": "80",
            "lock_switches_total": "76", "lock_forced_handoffs_total": "60", "duration_seconds_count": "2",
            "duration_seconds_sum": "0.2", "last_duration_seconds": "0.1", "last_cpu_utilization_ratio": "0.5",
            "last_lock_wait_ratio": "0.2", "last_run_timestamp_seconds": "1795461305",
        ]
        for (name, number) in expected {
            #expect(value(#"gil_probe_\#(name){runtime="native",probe="gil"}"#) == number, "\(name)")
        }
        for (reason, number) in ["run_queue": "2", "affinity": "2", "steal": "0", "throttled": "0"] {
            let series = #"gil_probe_disturbed_runs_total{runtime="native",probe="gil",reason="\#(reason)"}"#
            #expect(value(series) == number)
        }
        #expect(value(#"gil_probe_cpu_seconds_total{runtime="native",probe="gil",mode="user"}"#) == "0.1")
        #expect(value(#"gil_probe_context_switches_total{runtime="native",probe="gil",kind="involuntary"}"#) == "16")
    }

    @Test func `failures are counted by reason; a runtime that does not describe itself fails in every probe`() {
        describe("native", supported: [.gil])
        record(.failed(runtime: "native", probe: .gil, WorkerFailure(.timeout, "")))
        record(.failed(runtime: "native", probe: .gil, WorkerFailure(.timeout, "")))
        #expect(value(#"gil_probe_failures_total{runtime="native",probe="gil",reason="timeout"}"#) == "2")
        #expect(value(#"gil_probe_failures_total{runtime="native",probe="gil",reason="crash"}"#) == "0")

        let absent = RuntimeConfiguration(name: "absent", launch: .program(command: ["/nonexistent"]))
        record(.undescribed(absent, WorkerFailure(.spawn, ""), after: .zero))
        for probe in Probe.allCases {
            let series = #"gil_probe_failures_total{runtime="absent",probe="\#(probe.rawValue)",reason="spawn"}"#
            #expect(value(series) == "1")
        }
    }

    @Test func `the speedup appears at the end of the round, and is absent after a round without one`() {
        describe("native", supported: [.single, .lockfree])
        let single = Samples.measurement(.single, duration: 180_000_000)
        let lockfree = Samples.measurement(.lockfree, duration: 100_000_000)
        finish([(.single, .success(single)), (.lockfree, .success(lockfree))])
        #expect(value(#"gil_probe_last_speedup_ratio{runtime="native",probe="lockfree"}"#) == "1.8")
        #expect(value(#"gil_probe_last_efficiency_ratio{runtime="native",probe="lockfree"}"#) == "0.9")
        #expect(value(#"gil_probe_last_speedup_ratio{runtime="native",probe="single"}"#) == "1")

        finish([(.single, .success(single)), (.lockfree, .failure(WorkerFailure(.crash, "")))])
        #expect(value(#"gil_probe_last_speedup_ratio{runtime="native",probe="lockfree"}"#) == nil)
        #expect(value(#"gil_probe_last_efficiency_ratio{runtime="native",probe="lockfree"}"#) == nil)

        finish([(.single, .failure(WorkerFailure(.crash, ""))), (.lockfree, .success(lockfree))])
        #expect(value(#"gil_probe_last_speedup_ratio{runtime="native",probe="lockfree"}"#) == nil)
        #expect(value(#"gil_probe_last_speedup_ratio{runtime="native",probe="single"}"#) == nil)
    }

    @Test func `a round whose runtime never described itself has no ratios`() {
        finish([(.gil, .failure(WorkerFailure(.spawn, "")))])
        #expect(!exposition().contains { $0.hasPrefix("gil_probe_last_speedup_ratio{") })
    }

    @Test func `rounds, delayed rounds and their cost are counted`() {
        #expect(value("gil_round_interval_seconds") == "60")
        finish([], cpuSeconds: 1)
        finish([], cpuSeconds: 6)
        #expect(value("gil_rounds_total") == "2")
        #expect(value("gil_rounds_stretched_total") == "1")
        #expect(value("gil_round_interval_seconds") == "120")
        #expect(value("gil_exporter_probe_cpu_seconds_total") == "7")
    }

    @Test func `a round that is delayed after it was announced is counted once`() {
        finish([], cpuSeconds: 1)
        for interval in [90, 120] {
            var later = NextRound(after: 1, settings: settings, luck: 0)
            (later.interval, later.isStretched) = (.seconds(interval), true)
            record(.rescheduled(later))
        }
        #expect(value("gil_rounds_stretched_total") == "1")
        finish([], cpuSeconds: 6)
        #expect(value("gil_rounds_stretched_total") == "2")
    }

    @Test func `a rescheduled round shows its new interval at once`() {
        finish([], cpuSeconds: 1)
        var shorter = settings
        shorter.interval = .seconds(30)
        record(.rescheduled(NextRound(after: 1, settings: shorter, luck: 0)))
        #expect(value("gil_round_interval_seconds") == "30")
        #expect(value("gil_rounds_total") == "1")
    }

    @Test func `after an upgrade, only the new version of a runtime is shown`() {
        describe("python3", supported: [.single], implementation: "cpython")
        var upgraded = Samples.info(implementation: "cpython")
        upgraded.version = "2.0.0"
        upgraded.switchIntervalNanoseconds = nil
        let runtime = RuntimeConfiguration(name: "python3", launch: .python(command: ["python3"]))
        #expect(value(#"gil_runtime_switch_interval_seconds{runtime="python3"}"#) == "0.005")
        record(.described(runtime, upgraded))
        #expect(
            exposition().filter { $0.hasPrefix("gil_runtime_info{") } == [
                #"gil_runtime_info{runtime="python3",implementation="cpython",version="2.0.0","#
                    + #"free_threaded="false",path="/usr/bin/it"} 1"#
            ]
        )
        #expect(value(#"gil_runtime_switch_interval_seconds{runtime="python3"}"#) == nil)
    }

    @Test func `a removed runtime has no series, and its counters resume when it comes back`() {
        describe("native", supported: [.gil])
        describe("python3", supported: [.gil], implementation: "cpython")
        record(.measured(Samples.measurement(.gil)))
        plan([("python3", info("cpython", [.gil]))])
        #expect(!exposition().contains { $0.contains(#"runtime="native""#) })
        #expect(value(#"gil_probe_runs_total{runtime="python3",probe="gil"}"#) == "0")

        plan([("native", info("native", [.gil])), ("python3", info("cpython", [.gil]))])
        #expect(value(#"gil_probe_runs_total{runtime="native",probe="gil"}"#) == "1")
        #expect(value(#"gil_probe_duration_seconds_count{runtime="native",probe="gil"}"#) == "1")
        #expect(value(#"gil_probe_last_duration_seconds{runtime="native",probe="gil"}"#) == nil)
        #expect(value(#"gil_probe_last_run_timestamp_seconds{runtime="native",probe="gil"}"#) == nil)
        #expect(exposition().contains { $0.hasPrefix(#"gil_runtime_info{runtime="native""#) })
    }

    @Test func `a removed probe has no series, and an added one has all`() {
        describe("native", supported: [.single, .gil])
        var fewer = settings
        fewer.probes = [.single]
        let runtimes = [("native", Optional(info("native", [.single, .gil])))]
        record(.started(fewer))
        record(.planned(runtimes))
        #expect(!exposition().contains { $0.contains(#"probe="gil""#) })
        record(.started(settings))
        record(.planned(runtimes))
        #expect(value(#"gil_probe_supported{runtime="native",probe="gil"}"#) == "1")
        #expect(value(#"gil_probe_runs_total{runtime="native",probe="gil"}"#) == "0")
    }

    @Test func `a probe that an upgraded runtime no longer supports has no series but that it is unsupported`() {
        describe("python3", supported: [.single, .subinterpreter], implementation: "cpython")
        describe("python3", supported: [.single], implementation: "cpython")
        plan([("python3", info("cpython", [.single]))])
        #expect(
            exposition().filter { $0.contains(#"probe="subinterpreter""#) } == [
                #"gil_probe_supported{runtime="python3",probe="subinterpreter"} 0"#
            ]
        )
    }

    @Test func `a runtime that does not describe itself keeps its series, and fails in the probes it supports`() {
        describe("python3", supported: [.gil], implementation: "cpython")
        let python = RuntimeConfiguration(name: "python3", launch: .native)
        record(.undescribed(python, WorkerFailure(.timeout, ""), after: .zero))
        plan([("python3", nil)])
        #expect(value(#"gil_probe_failures_total{runtime="python3",probe="gil",reason="timeout"}"#) == "1")
        #expect(value(#"gil_probe_runs_total{runtime="python3",probe="gil"}"#) == "0")
        #expect(!exposition().contains { $0.hasPrefix("gil_probe_failures_total") && $0.contains("subinterpreter") })
    }

    @Test func `a probe that does not count down has no speedup, efficiency and utilisation`() {
        describe("native", supported: [.latency])
        record(.measured(Samples.measurement(.latency)))
        let names = exposition().filter { $0.contains(#"probe="latency""#) }.map { $0.prefix { $0 != "{" } }
        #expect(names.contains("gil_probe_last_duration_seconds"))
        #expect(names.contains("gil_probe_lock_wait_seconds_total"))
        for name in ["speedup", "efficiency", "cpu_utilization"] {
            #expect(!names.contains("gil_probe_last_\(name)_ratio"), "\(name)")
        }
        finish([(.latency, .success(Samples.measurement(.latency)))])
        #expect(!exposition().contains { $0.hasPrefix("gil_probe_last_speedup_ratio{") })
    }

    @Test func `the counters of announced schemes and locks exist from the start`() {
        describe(
            "native",
            supported: [.refcount, .latency],
            refcountSchemes: [.biased],
            latencyLocks: [.shared]
        )
        for labels in [#"sharing="private",workers="1""#, #"sharing="shared",workers="2""#] {
            #expect(value(#"gil_refcount_pairs_total{runtime="native",scheme="biased",\#(labels)}"#) == "0")
            #expect(value(#"gil_refcount_worker_seconds_total{runtime="native",scheme="biased",\#(labels)}"#) == "0")
        }
        let lost = #"gil_refcount_lost_updates_total{runtime="native",scheme="biased",effect="#
        #expect(value(lost + #""leak"}"#) == "0")
        #expect(value(lost + #""premature_release"}"#) == "0")
        let labels = #"{runtime="native",probe="latency",lock="shared"}"#
        #expect(value("gil_probe_latency_seconds_count\(labels)") == "0")
        #expect(!exposition().contains { $0.contains("last_pair") || $0.contains("last_latency") })
    }

    @Test func `reference counts are counted by scheme, sharing and workers`() {
        describe("native", supported: [.refcount])
        var measurement = Samples.measurement(.refcount)
        measurement.referenceCounts = Samples.referenceCounts.referenceCountPhases ?? []
        record(.measured(measurement))
        record(.measured(measurement))
        let scheme = #"runtime="native",scheme="unprotected""#
        let shared = #"\#(scheme),sharing="shared""#
        #expect(value(#"gil_refcount_pairs_total{\#(shared),workers="2"}"#) == "60")
        #expect(value(#"gil_refcount_worker_seconds_total{\#(shared),workers="1"}"#) == "0.04")
        #expect(value(#"gil_refcount_worker_seconds_total{\#(shared),workers="2"}"#) == "0.16")
        #expect(value(#"gil_refcount_lost_updates_total{\#(scheme),effect="leak"}"#) == "6")
        #expect(value(#"gil_refcount_lost_updates_total{\#(scheme),effect="premature_release"}"#) == "8")
        #expect(value("gil_refcount_last_speedup_ratio{\(shared)}") == "0.5")
        #expect(exposition().count { $0.hasPrefix("gil_refcount_last_pair_seconds{") } == 4)

        // With another number of workers, no figure of the old one stays.
        measurement.referenceCounts = [Samples.phase(.atomic, workers: 3, duration: 9_000_000)]
        record(.measured(measurement))
        #expect(
            exposition().filter { $0.hasPrefix("gil_refcount_last_") } == [
                #"gil_refcount_last_pair_seconds{runtime="native",scheme="atomic",sharing="shared",workers="3"} 0.0009"#
            ]
        )

        plan([("native", info("native", [.single]))])
        #expect(!exposition().contains { $0.hasPrefix("gil_refcount_") })
        describe("native", supported: [.refcount], refcountSchemes: [.unprotected])
        #expect(value(#"gil_refcount_pairs_total{\#(shared),workers="2"}"#) == "60")
    }

    @Test func `delays are counted by lock, and the newest are shown`() {
        describe("native", supported: [.latency])
        let measurement = Samples.measurement(.latency, latency: Latency(Samples.latency.latencyPhases ?? []))
        record(.measured(measurement))
        record(.measured(measurement))
        let shared = #"runtime="native",probe="latency",lock="shared""#
        let none = #"runtime="native",probe="latency",lock="none""#
        #expect(value(#"gil_probe_latency_seconds_bucket{\#(shared),le="0.0025"}"#) == "0")
        #expect(value(#"gil_probe_latency_seconds_bucket{\#(shared),le="0.005"}"#) == "2")
        #expect(value(#"gil_probe_latency_seconds_bucket{\#(shared),le="0.0055"}"#) == "4")
        #expect(value("gil_probe_latency_seconds_count{\(shared)}") == "6")
        #expect(value("gil_probe_latency_seconds_sum{\(shared)}") == "0.0382")
        #expect(value("gil_probe_latency_run_queue_seconds_total{\(shared)}") == "0.008")
        #expect(value("gil_probe_latency_run_queue_seconds_total{\(none)}") == nil)
        #expect(value(#"gil_probe_last_latency_seconds{\#(shared),statistic="median"}"#) == "0.0051")
        #expect(value(#"gil_probe_last_latency_seconds{\#(shared),statistic="max"}"#) == "0.009")
        #expect(value(#"gil_probe_last_latency_seconds{\#(none),statistic="p99"}"#) == "5e-06")
        #expect(value(#"gil_probe_last_latency_alone_seconds{runtime="native",probe="latency"}"#) == "7.5e-05")

        plan([("native", info("native", [.single]))])
        #expect(!exposition().contains { $0.contains("latency") && !$0.hasPrefix("#") && !$0.contains("supported") })
    }

    private func plan(_ runtimes: [(runtime: String, info: RuntimeInfo?)]) { record(.planned(runtimes)) }

    private func info(_ implementation: String, _ supported: [Probe]) -> RuntimeInfo {
        Samples.info(implementation: implementation, supported: supported)
    }

    private func record(_ event: ProbingEvent) { metrics.record(event) }

    private func describe(
        _ name: String,
        supported: [Probe],
        implementation: String = "native",
        lockCounts: [LockCounts.CodingKeys] = [],
        refcountSchemes: [ReferenceCountScheme]? = nil,
        latencyLocks: [WakeUpLock]? = nil
    ) {
        let runtime = RuntimeConfiguration(name: name, launch: .native)
        let info = Samples.info(
            implementation: implementation,
            supported: supported,
            lockCounts: lockCounts,
            refcountSchemes: refcountSchemes,
            latencyLocks: latencyLocks
        )
        record(.described(runtime, info))
    }

    private func finish(_ runs: [(Probe, Result<Measurement, WorkerFailure>)], cpuSeconds: Double = 0) {
        let runs = runs.map { Round.Run(runtime: "native", probe: $0, outcome: $1) }
        let round = Round(number: 0, runs: runs, cpuSeconds: cpuSeconds)
        record(.finished(round, next: NextRound(after: cpuSeconds, settings: settings, luck: 0)))
    }

    private func exposition() -> [String] {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return String(decoding: buffer, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The value of one series, as it is written; nil where there is no such series.
    private func value(_ series: String) -> String? {
        exposition().first { $0.hasPrefix("\(series) ") }.map { String($0.dropFirst(series.utf8.count + 1)) }
    }
}
