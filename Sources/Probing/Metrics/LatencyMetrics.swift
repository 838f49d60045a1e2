import Exposition
import Linux

/// The metrics of the probe `latency`, by runtime and lock.
struct LatencyMetrics: Sendable {
    /// Narrow around 5 ms, the switch interval of CPython, and wide elsewhere. 10 ms is the limit of the alert
    /// GILLatencyHigh for two workers.
    static let buckets: [Double] = [0.00025, 0.001, 0.0025, 0.005, 0.0055, 0.006, 0.0075, 0.01, 0.025, 0.1]

    private static let probe = Probe.latency.rawValue

    private let delays: Family<Histogram>
    private let runQueue: Family<Counter>
    private let newest: Family<Gauge>
    private let alone: Family<Gauge>

    init(_ registry: Registry) {
        let labels = ["runtime", "probe", "lock"]
        delays = registry.histograms(
            "gil_probe_latency_seconds",
            help: """
                Delay from the deadline of a waking worker to holding the lock beside other workers, less its median \
                delay alone, by who shares the lock. Updated after each probe run, not by the scrape.
                """,
            unit: .seconds,
            labels: labels,
            buckets: Self.buckets
        )
        runQueue = registry.counters(
            "gil_probe_latency_run_queue_seconds_total",
            help: """
                Time that the waking worker was runnable without a CPU, the part of the delays that the lock does not \
                cause. Updated after each probe run, not by the scrape.
                """,
            unit: .seconds,
            labels: labels
        )
        newest = registry.gauges(
            "gil_probe_last_latency_seconds",
            help: "Median, 99th percentile and maximum delay in the newest measurement; absent before the first.",
            unit: .seconds,
            labels: labels + ["statistic"]
        )
        alone = registry.gauges(
            "gil_probe_last_latency_alone_seconds",
            help: """
                Median delay of a waking worker without others in the newest measurement, which the delays beside others \
                do not include; absent before the first.
                """,
            unit: .seconds,
            labels: ["runtime", "probe"]
        )
    }

    /// Creates the histograms of a runtime that announces its locks, at 0. Whether the kernel counts time on run queues is
    /// known only after a measurement.
    func start(_ runtime: String, _ info: RuntimeInfo) {
        for lock in info.latencyLocks ?? [] { delays.with(runtime, Self.probe, lock) }
    }

    /// Hides the counters, and removes the gauges, of such runtimes.
    func hide(where isHidden: (String) -> Bool) {
        delays.hide { isHidden($0[0]) }
        runQueue.hide { isHidden($0[0]) }
        for family in [newest, alone] { family.remove { isHidden($0[0]) } }
    }

    func add(_ measurement: Measurement) {
        guard let latency = measurement.latency else { return }
        let runtime = measurement.runtime
        alone.with(runtime, Self.probe).set(.seconds(nanoseconds: latency.alone))
        // Another version of the runtime may have other locks.
        newest.remove { $0[0] == runtime }
        for distribution in latency.distributions {
            let lock = distribution.lock.rawValue
            let histogram = delays.with(runtime, Self.probe, lock)
            for delay in distribution.delays { histogram.observe(.seconds(nanoseconds: delay)) }
            if let time = distribution.runQueue {
                runQueue.with(runtime, Self.probe, lock).increment(by: .seconds(nanoseconds: time))
            }
            for (statistic, delay) in [
                ("median", distribution.median), ("p99", distribution.p99), ("max", distribution.max),
            ] {
                newest.with(runtime, Self.probe, lock, statistic).set(.seconds(nanoseconds: delay))
            }
        }
    }
}
