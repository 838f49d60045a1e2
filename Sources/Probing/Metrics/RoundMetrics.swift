import Exposition
import Linux

/// The rounds themselves, what they cost, and the runtimes that take part.
struct RoundMetrics: Sendable {
    let interval: Gauge
    let finished: Counter
    let stretched: Counter
    let cpu: Counter
    private let runtimeInfo: Family<Info>
    private let switchInterval: Family<Gauge>
    private let described = Protected<[String: RuntimeDescription]>([:])

    init(_ registry: Registry) {
        interval = registry.gauge(
            "gil_round_interval_seconds",
            help: "Time from the start of the newest round to the start of the next; before the first, what is set.",
            unit: .seconds
        )
        finished = registry.counter("gil_rounds_total", help: "Rounds finished.")
        stretched = registry.counter(
            "gil_rounds_stretched_total",
            help: "Rounds after which the next one was delayed to keep the CPU budget."
        )
        cpu = registry.counter(
            "gil_exporter_probe_cpu_seconds_total",
            help: "CPU time that all workers used, set-up included. Updated after each round, not by the scrape.",
            unit: .seconds
        )
        runtimeInfo = registry.infos(
            "gil_runtime_info",
            help: "What runs the probes; always 1.",
            labels: ["runtime", "implementation", "version", "free_threaded", "path"]
        )
        switchInterval = registry.gauges(
            "gil_runtime_switch_interval_seconds",
            help: "Time that a thread waits for the GIL before it asks the holder to drop it.",
            unit: .seconds,
            labels: ["runtime"]
        )
    }

    /// Whether the runtime has said that it can run the probe.
    func isSupported(_ probe: Probe, by runtime: String) -> Bool {
        described.withLock { $0[runtime]?.supports(probe) ?? false }
    }

    /// Whether the runtime has said that it cannot run the probe. One that has said nothing yet perhaps can.
    func isUnsupported(_ probe: Probe, by runtime: String) -> Bool {
        described.withLock { $0[runtime].map { !$0.supports(probe) } ?? false }
    }

    /// Takes back what such runtimes are.
    func forget(where isForgotten: (String) -> Bool) {
        described.withLock { $0 = $0.filter { !isForgotten($0.key) } }
        runtimeInfo.remove { isForgotten($0[0]) }
        switchInterval.remove { isForgotten($0[0]) }
    }

    /// Says what a runtime is. After an upgrade of its program that is something else, and the old is taken back.
    func describe(_ runtime: String, _ description: RuntimeDescription) {
        let previous = described.withLock { $0.updateValue(description, forKey: runtime) }
        if let previous, previous != description {
            runtimeInfo.remove(
                runtime,
                previous.implementation,
                previous.version,
                "\(previous.freeThreaded)",
                previous.path
            )
        }
        runtimeInfo.with(
            runtime,
            description.implementation,
            description.version,
            "\(description.freeThreaded)",
            description.path
        )
        if let interval = description.switchIntervalNanoseconds {
            switchInterval.with(runtime).set(Double(interval) / 1e9)
        } else {
            switchInterval.remove(runtime)
        }
    }
}
