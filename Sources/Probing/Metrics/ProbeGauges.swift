import Exposition

/// The newest measurement of each runtime and probe, and the facts about each probe. Measurements are absent before
/// the first one.
struct ProbeGauges: Sendable {
    let supported: Family<Gauge>
    private let info: Family<Info>
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
        info = registry.infos(
            "gil_probe_info",
            help: """
                Facts about a supported probe; always 1. work: countdown, reference_counts or wake_ups; only countdowns \
                have a speedup. shares_lock: whether the workers of a countdown contend for one lock. reference: whether \
                speedups are relative to this probe, which has one worker.
                """,
            labels: ["runtime", "probe", "work", "shares_lock", "reference"]
        )
        workers = gauges("gil_probe_workers", "Number of workers of the probe.")
        duration = gauges(
            "gil_probe_last_duration_seconds",
            "Duration of the newest run, without set-up; absent before the first.",
            unit: .seconds
        )
        speedup = gauges(
            "gil_probe_last_speedup_ratio",
            "Duration of single divided by that of this probe, in the newest round; absent if either is missing.",
            unit: .ratio
        )
        efficiency = gauges(
            "gil_probe_last_efficiency_ratio",
            "Speedup divided by the number of workers, in the newest round; absent without a speedup.",
            unit: .ratio
        )
        cpuUtilization = gauges(
            "gil_probe_last_cpu_utilization_ratio",
            "CPU time divided by duration and number of workers, in the newest measurement; absent before the first.",
            unit: .ratio
        )
        lockWait = gauges(
            "gil_probe_last_lock_wait_ratio",
            "Share of the workers' time spent waiting for the GIL, in the newest measurement; absent if unknown.",
            unit: .ratio
        )
        finished = gauges(
            "gil_probe_last_run_timestamp_seconds",
            "Unix time of the newest measurement; absent before the first.",
            unit: .seconds
        )
    }

    func start(_ runtime: String, _ probe: Probe, workers count: Int) {
        info.with(runtime, probe.rawValue, probe.work.rawValue, "\(probe.sharesLock)", "\(probe.isReference)")
        workers.with(runtime, probe.rawValue).set(Double(count))
    }

    /// Removes the series with such labels, the first two of which are runtime and probe. A probe that runs again later
    /// must not show an old measurement as its newest.
    func remove(where isRemoved: ([String]) -> Bool) {
        info.remove(where: isRemoved)
        for family in [workers, duration, speedup, efficiency, cpuUtilization, lockWait, finished] {
            family.remove(where: isRemoved)
        }
    }

    func show(_ measurement: Measurement) {
        let (runtime, probe) = (measurement.runtime, measurement.probe.rawValue)
        workers.with(runtime, probe).set(Double(measurement.workers))
        duration.with(runtime, probe).set(Double(measurement.duration) / 1e9)
        if measurement.probe.work == .countdown {
            cpuUtilization.with(runtime, probe).set(measurement.cpuUtilization)
        }
        lockWait.show(measurement.ledger.lockWaitRatio, runtime, probe)
        finished.with(runtime, probe).set(measurement.finished)
    }

    /// Shows the ratios of a run of the newest round, which replace those of an older round even where there are none.
    func showRatios(of run: Round.Run) {
        guard run.probe.work == .countdown else { return }
        speedup.show(run.speedup, run.runtime, run.probe.rawValue)
        efficiency.show(run.efficiency, run.runtime, run.probe.rawValue)
    }
}
