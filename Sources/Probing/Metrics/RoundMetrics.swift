import Exposition
import Linux

/// The metrics of the rounds, of their cost, and of the runtimes that take part.
struct RoundMetrics: Sendable {
    let interval: Family<Gauge>
    let finished: Counter
    let stretched: Counter
    let cpu: Counter
    private let runtimeInfo: Family<Info>
    private let switchInterval: Family<Gauge>
    private let infos = Protected<[String: RuntimeInfo]>([:])

    init(_ registry: Registry) {
        interval = registry.gauges(
            "gil_round_interval_seconds",
            help: "Time from the start of the newest round to the start of the next; before the first, as configured. "
                + "Absent while probes are disabled.",
            unit: .seconds,
            labels: []
        )
        finished = registry.counter("gil_rounds_total", help: "Rounds finished.")
        stretched = registry.counter(
            "gil_rounds_stretched_total",
            help: "Rounds whose successor was delayed to keep the CPU budget."
        )
        cpu = registry.counter(
            "gil_exporter_probe_cpu_seconds_total",
            help: "CPU time of all workers, set-up included. Updated after each round, not by the scrape.",
            unit: .seconds
        )
        runtimeInfo = registry.infos(
            "gil_runtime_info",
            help: "The program that runs the probes; always 1.",
            labels: ["runtime", "implementation", "version", "free_threaded", "path"]
        )
        switchInterval = registry.gauges(
            "gil_runtime_switch_interval_seconds",
            help: "Time that a thread waits for the GIL before it asks the holder to release it.",
            unit: .seconds,
            labels: ["runtime"]
        )
    }

    /// Whether the runtime has described itself as able to run the probe.
    func isSupported(_ probe: Probe, by runtime: String) -> Bool {
        infos.withLock { $0[runtime]?.supports(probe) ?? false }
    }

    /// Whether the runtime has described itself as unable to run the probe. One without a description may be able to.
    func isUnsupported(_ probe: Probe, by runtime: String) -> Bool {
        infos.withLock { $0[runtime].map { !$0.supports(probe) } ?? false }
    }

    /// Removes the series of such runtimes.
    func forget(where isForgotten: (String) -> Bool) {
        infos.withLock { $0 = $0.filter { !isForgotten($0.key) } }
        runtimeInfo.remove { isForgotten($0[0]) }
        switchInterval.remove { isForgotten($0[0]) }
    }

    /// Shows a runtime, in place of what it was before an upgrade of its program.
    func show(_ runtime: String, _ info: RuntimeInfo) {
        let previous = infos.withLock { $0.updateValue(info, forKey: runtime) }
        if let previous, previous != info {
            runtimeInfo.remove(
                runtime,
                previous.implementation,
                previous.version,
                "\(previous.freeThreaded)",
                previous.path
            )
        }
        runtimeInfo.with(runtime, info.implementation, info.version, "\(info.freeThreaded)", info.path)
        if let interval = info.switchIntervalNanoseconds {
            switchInterval.with(runtime).set(Double(interval) / 1e9)
        } else {
            switchInterval.remove(runtime)
        }
    }
}
