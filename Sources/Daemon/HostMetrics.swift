import Exposition
import Linux

/// What this host offers to Python programs.
enum HostMetrics {
    /// Adds the metrics, which every gathering of the registry reads.
    static func register(in registry: Registry) {
        let cpus = registry.gauges(
            "gil_usable_cpus",
            help: "CPUs on which the exporter and its workers may run: all, unless their affinity is limited.",
            labels: []
        )
        registry.beforeGather {
            // Not read once: CPUs go offline, and systemd changes the CPUs of services that run (AllowedCPUs=).
            if let usable = try? Affinity.ofCallingThread() {
                cpus.with().set(Double(usable.count))
            } else {
                cpus.remove()
            }
        }
    }
}
