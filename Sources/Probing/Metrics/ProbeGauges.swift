import Exposition

/// The newest measurement of each runtime and probe. NaN until there is one: a 0 would be a claim.
struct ProbeGauges: Sendable {
    let supported: Family<Gauge>
    private let workers: Family<Gauge>
    private let duration: Family<Gauge>
    private let speedup: Family<Gauge>
    private let efficiency: Family<Gauge>
    private let cpuUtilization: Family<Gauge>
    private let lockWait: Family<Gauge>
    private let finished: Family<Gauge>

    init(_ registry: Registry) {
        func gauges(_ name: String, _ help: String, unit: Unit? = nil) -> Family<Gauge> {
            registry.gauges(name, help: help, unit: unit, labels: ["runtime", "probe"])
        }
        supported = gauges("gil_probe_supported", "1 if this runtime can run this probe, else 0.")
        workers = gauges("gil_probe_workers", "Workers that the probe uses.")
        duration = gauges(
            "gil_probe_last_duration_seconds",
            "Time of the newest countdown; NaN before the first.",
            unit: .seconds
        )
        speedup = gauges(
            "gil_probe_last_speedup_ratio",
            "Duration of single divided by that of this probe, in the newest round; NaN where one of them is missing.",
            unit: .ratio
        )
        efficiency = gauges(
            "gil_probe_last_efficiency_ratio",
            "Speedup divided by the number of workers, in the newest round; NaN where there is no speedup.",
            unit: .ratio
        )
        cpuUtilization = gauges(
            "gil_probe_last_cpu_utilization_ratio",
            "CPU time divided by duration and number of workers, of the newest measurement; NaN before the first.",
            unit: .ratio
        )
        lockWait = gauges(
            "gil_probe_last_lock_wait_ratio",
            "Share of the workers' time spent waiting for the GIL, of the newest measurement; NaN where unknown.",
            unit: .ratio
        )
        finished = gauges(
            "gil_probe_last_run_timestamp_seconds",
            "Unix time of the newest measurement; 0 before the first.",
            unit: .seconds
        )
    }

    func start(_ runtime: String, _ probe: Probe, workers count: Int) {
        workers.with(runtime, probe.rawValue).set(Double(count))
        guard finished.with(runtime, probe.rawValue).value == 0 else { return }
        for family in [duration, speedup, efficiency, cpuUtilization, lockWait] {
            family.with(runtime, probe.rawValue).set(.nan)
        }
    }

    /// Forgets the newest measurements with such labels, runtime and probe: what is long ago by the time that the probe
    /// is run again is not shown as new then.
    func remove(where isRemoved: ([String]) -> Bool) {
        for family in [workers, duration, speedup, efficiency, cpuUtilization, lockWait, finished] {
            family.remove(where: isRemoved)
        }
    }

    func show(_ measurement: Measurement) {
        let (runtime, probe) = (measurement.runtime, measurement.probe.rawValue)
        workers.with(runtime, probe).set(Double(measurement.workers.count))
        duration.with(runtime, probe).set(Double(measurement.duration) / 1e9)
        cpuUtilization.with(runtime, probe).set(measurement.cpuUtilization)
        lockWait.with(runtime, probe).set(measurement.lockWaitRatio ?? .nan)
        finished.with(runtime, probe).set(measurement.finished)
    }

    /// Nil where the newest round gave none: then the one of an older round must not stay.
    func show(speedup ratio: Double?, of run: Round.Run, workers: Int) {
        let (runtime, probe) = (run.runtime, run.probe.rawValue)
        speedup.with(runtime, probe).set(ratio ?? .nan)
        efficiency.with(runtime, probe).set((ratio ?? .nan) / Double(workers))
    }
}
