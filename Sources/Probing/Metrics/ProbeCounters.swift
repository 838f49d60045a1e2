import Exposition

/// What probe runs add up to, by runtime and probe.
struct ProbeCounters: Sendable {
    /// From a quarter of the time that a probe is made to last to forty times as long, in steps of about 1.5: fine
    /// where a probe normally falls, coarse where something is wrong.
    static let durationBuckets: [Double] = [
        0.0625, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10,
    ]

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
    private let acquisitions: Family<Counter>
    private let switches: Family<Counter>
    private let forcedHandoffs: Family<Counter>
    private let contextSwitches: Family<Counter>

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
        runs = counters("gil_probe_runs_total", "Probe runs that gave a measurement.")
        failures = counters("gil_probe_failures_total", "Probe runs that gave no measurement.", also: ["reason"])
        disturbedRuns = counters(
            "gil_probe_disturbed_runs_total",
            "Measurements that the machine spoiled; they count in the other metrics all the same.",
            also: ["reason"]
        )
        duration = registry.histograms(
            "gil_probe_duration_seconds",
            help: """
                Time of the countdown, from the barrier to the last worker's finish. \
                Updated after each probe run, not by the scrape.
                """,
            unit: .seconds,
            labels: ["runtime", "probe"],
            buckets: Self.durationBuckets
        )
        setup = counters("gil_probe_setup_seconds_total", "Time to create workers, before the barrier.", unit: .seconds)
        iterations = counters("gil_probe_iterations_total", "Decrements done.")
        worker = counters("gil_probe_worker_seconds_total", "Wall time, summed over workers.", unit: .seconds)
        cpu = counters("gil_probe_cpu_seconds_total", "CPU time of the workers.", unit: .seconds, also: ["mode"])
        runQueue = counters(
            "gil_probe_run_queue_seconds_total",
            "Time that workers were runnable, but had no CPU.",
            unit: .seconds
        )
        lockWait = counters(
            "gil_probe_lock_wait_seconds_total",
            "Time that workers waited for the GIL; in interpreters, what is neither CPU nor run queue.",
            unit: .seconds
        )
        acquisitions = counters("gil_probe_lock_acquisitions_total", "Times that the lock was taken.")
        switches = counters("gil_probe_lock_switches_total", "Times that the lock's holder changed.")
        forcedHandoffs = counters(
            "gil_probe_lock_forced_handoffs_total",
            "Times that a holder had to wait until another had taken over the lock."
        )
        contextSwitches = counters(
            "gil_probe_context_switches_total",
            "Context switches of the workers, because they blocked or because the CPU was taken away.",
            also: ["kind"]
        )
    }

    /// Makes the series of a probe that can be run, at 0.
    ///
    /// - Parameter hasOwnLock: whether the lock's own counts will be known. What never will be has no series: a 0 would
    ///   be a claim.
    func start(_ runtime: String, _ probe: Probe, hasOwnLock: Bool) {
        let probe = probe.rawValue
        for reason in WorkerFailure.Reason.allCases { failures.with(runtime, probe, reason.rawValue) }
        for reason in Disturbance.allCases { disturbedRuns.with(runtime, probe, reason.rawValue) }
        for family in [runs, setup, iterations, worker, runQueue, lockWait] { family.with(runtime, probe) }
        for mode in ["user", "system"] { cpu.with(runtime, probe, mode) }
        for kind in ["voluntary", "involuntary"] { contextSwitches.with(runtime, probe, kind) }
        duration.with(runtime, probe)
        guard hasOwnLock else { return }
        for family in [acquisitions, switches, forcedHandoffs] { family.with(runtime, probe) }
    }

    /// Hides the series with such labels, of which the first two are runtime and probe. They go on from where they are
    /// when the probe is run again.
    func hide(where isHidden: ([String]) -> Bool) {
        for family in [
            runs, failures, disturbedRuns, setup, iterations, worker, cpu, runQueue, lockWait, acquisitions, switches,
            forcedHandoffs, contextSwitches,
        ] {
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
        add(measurement.lock?.acquisitions.map { Double($0) }, to: acquisitions)
        add(measurement.lock?.switches.map { Double($0) }, to: switches)
        add(measurement.lock?.forcedHandoffs.map { Double($0) }, to: forcedHandoffs)
        add(ledger.voluntarySwitches.map { Double($0) }, to: contextSwitches, "voluntary")
        add(ledger.involuntarySwitches.map { Double($0) }, to: contextSwitches, "involuntary")
    }

    private func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}
