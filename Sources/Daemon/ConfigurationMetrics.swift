import Exposition
import Linux

/// Whether the configuration in force is the one in the file.
struct ConfigurationMetrics: Sendable {
    private let successful: Gauge
    private let loadedAt: Gauge

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

    func loaded() {
        successful.set(1)
        loadedAt.set(KernelClock.unixTime())
    }

    func refused() {
        successful.set(0)
    }
}
