import Exposition

/// The sums over all runs, by runtime and probe.
struct ProbeCounters: Sendable {
    /// Around the intended duration of a probe, a fifth of a second, in fine steps, and in coarse ones where something is
    /// wrong. Few, because every probe of every runtime has them all.
    static let durationBuckets: [Double] = [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 1, 5]

    let failures: Family<Counter>
    private let runs: Family<Counter>
    private let disturbedRuns: Family<Counter>
    private let duration: Family<Histogram>
    private let setup: Family<Counter>
    private let iterations: Family<Counter>
    private let worker: Family<Counter>
    private let cpu: Family<Counter>
    private let runQueue: Family<Counter>
    private let lockWait: Family<Counter>
    private let lockCounts: [LockCount]
    private let contextSwitches: Family<Counter>

    /// A count of the lock that is exported.
    private struct LockCount: Sendable {
        var name: LockCounts.CodingKeys
        var value: @Sendable (LockCounts) -> UInt64?
        var family: Family<Counter>
    }

    init(_ registry: Registry) {
        func counters(_ name: String, _ help: String, unit: Unit? = nil, also labels: [String] = []) -> Family<Counter>
        {
            registry.counters(
                name,
                help: "\(help) Updated after each probe run, not by the scrape.",
                unit: unit,
                labels: ["runtime", "probe"] + labels
            )
        }
        runs = counters("gil_probe_runs_total", "Probe runs with a measurement.")
        failures = counters(
            "gil_probe_failures_total",
            "Probe runs without a measurement, by reason.",
            also: ["reason"]
        )
        disturbedRuns = counters(
            "gil_probe_disturbed_runs_total",
            "Measurements that the host disturbed, by reason; the other metrics count them too.",
            also: ["reason"]
        )
        duration = registry.histograms(
            "gil_probe_duration_seconds",
            help: """
                Duration of a run without set-up: from the barrier to the finish of the last worker, summed over the \
                phases of refcount and latency. Updated after each probe run, not by the scrape.
                """,
            unit: .seconds,
            labels: ["runtime", "probe"],
            buckets: Self.durationBuckets
        )
        setup = counters("gil_probe_setup_seconds_total", "Time to create workers, before the barrier.", unit: .seconds)
        iterations = counters(
            "gil_probe_iterations_total",
            "Decrements of countdowns; of refcount, references taken and dropped."
        )
        worker = counters("gil_probe_worker_seconds_total", "Wall time, summed over the workers.", unit: .seconds)
        cpu = counters("gil_probe_cpu_seconds_total", "CPU time of the workers.", unit: .seconds, also: ["mode"])
        runQueue = counters(
            "gil_probe_run_queue_seconds_total",
            "Time that workers were runnable without a CPU.",
            unit: .seconds
        )
        lockWait = counters(
            "gil_probe_lock_wait_seconds_total",
            "Time that workers waited for the GIL; in interpreters, wall time that is neither CPU nor run-queue time.",
            unit: .seconds
        )
        lockCounts = [
            LockCount(
                name: .acquisitions,
                value: { $0.acquisitions },
                family: counters("gil_probe_lock_acquisitions_total", "Times that a worker took the lock.")
            ),
            LockCount(
                name: .switches,
                value: { $0.switches },
                family: counters("gil_probe_lock_switches_total", "Times that the lock changed hands.")
            ),
            LockCount(
                name: .forcedHandoffs,
                value: { $0.forcedHandoffs },
                family: counters(
                    "gil_probe_lock_forced_handoffs_total",
                    "Times that a worker released the lock on request and waited until another worker had it."
                )
            ),
        ]
        contextSwitches = counters(
            "gil_probe_context_switches_total",
            "Context switches of the workers: voluntary when a worker blocked, involuntary when it lost its CPU.",
            also: ["kind"]
        )
    }

    /// Creates the series of a supported probe, at 0. Counts of the lock that the runtime does not report have none: a
    /// 0 would be a claim. Times and switches that the kernel or the worker may not know begin with the first measurement
    /// that has them.
    func start(_ runtime: String, _ probe: Probe, _ info: RuntimeInfo) {
        for count in lockCounts where info.reports(count.name, of: probe) { count.family.with(runtime, probe.rawValue) }
        let disturbances = Disturbance.allCases.filter { $0 != .blocked || probe.showsStandstill }
        let probe = probe.rawValue
        for reason in WorkerFailure.Reason.allCases { failures.with(runtime, probe, reason.rawValue) }
        for reason in disturbances { disturbedRuns.with(runtime, probe, reason.rawValue) }
        for family in [runs, setup, iterations, worker] { family.with(runtime, probe) }
        for mode in ["user", "system"] { cpu.with(runtime, probe, mode) }
        duration.with(runtime, probe)
    }

    /// Hides the series with such labels, the first two of which are runtime and probe. Their counters resume when the
    /// probe runs again.
    func hide(where isHidden: ([String]) -> Bool) {
        for family in [
            runs, failures, disturbedRuns, setup, iterations, worker, cpu, runQueue, lockWait, contextSwitches,
        ] + lockCounts.map(\.family) {
            family.hide(where: isHidden)
        }
        duration.hide(where: isHidden)
    }

    func add(_ measurement: Measurement) {
        let labels = (measurement.runtime, measurement.probe.rawValue)
        let ledger = measurement.ledger
        runs.with(labels.0, labels.1).increment()
        for disturbance in measurement.disturbances {
            disturbedRuns.with(labels.0, labels.1, disturbance.rawValue).increment()
        }
        duration.with(labels.0, labels.1).observe(seconds(measurement.duration))
        setup.with(labels.0, labels.1).increment(by: seconds(measurement.setup))
        iterations.with(labels.0, labels.1).increment(by: Double(ledger.iterations))
        worker.with(labels.0, labels.1).increment(by: seconds(ledger.wall))
        cpu.with(labels.0, labels.1, "user").increment(by: seconds(ledger.user))
        cpu.with(labels.0, labels.1, "system").increment(by: seconds(ledger.system))

        func add(_ value: Double?, to family: Family<Counter>, _ more: String...) {
            guard let value else { return }
            switch more.first {
            case .some(let label): family.with(labels.0, labels.1, label).increment(by: value)
            case .none: family.with(labels.0, labels.1).increment(by: value)
            }
        }
        add(ledger.runQueue.map(seconds), to: runQueue)
        add(ledger.lockWait.map(seconds), to: lockWait)
        for count in lockCounts { add(measurement.lock.flatMap(count.value).map { Double($0) }, to: count.family) }
        add(ledger.voluntarySwitches.map { Double($0) }, to: contextSwitches, "voluntary")
        add(ledger.involuntarySwitches.map { Double($0) }, to: contextSwitches, "involuntary")
    }

    private func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}
