import Exposition
import Linux

/// Whether the configuration in force is the one in the files.
struct ConfigurationMetrics: Sendable {
    /// What is read by itself.
    enum File: Sendable {
        case main
        case web
    }

    private let successful: Gauge
    private let loadedAt: Gauge
    private let refused = Protected<Set<File>>([])

    init(_ registry: Registry) {
        successful = registry.gauge(
            "gil_exporter_config_last_reload_successful",
            help: "1 if the last attempt to load the configuration succeeded, else 0."
        )
        loadedAt = registry.gauge(
            "gil_exporter_config_last_reload_success_timestamp_seconds",
            help: "Unix time at which the configuration was last loaded.",
            unit: .seconds
        )
    }

    /// What one file says is in force now. The other may still be refused, which is not forgotten.
    func loaded(_ files: Set<File>) {
        let all = refused.withLock { refused in
            refused.subtract(files)
            return refused.isEmpty
        }
        loadedAt.set(KernelClock.unixTime())
        successful.set(all ? 1 : 0)
    }

    func refused(_ files: Set<File>) {
        refused.withLock { $0.formUnion(files) }
        successful.set(0)
    }
}
