import Exposition
import Linux
import Logging

/// The resource usage of this process: the `process_*` metrics of every Prometheus client, with the same meaning.
struct ProcessMetrics: Sendable {
    private let proc: String
    private let logger: Logger
    /// Errors that were logged, so that scrapes do not repeat them.
    private let loggedErrors = Protected<Set<String>>([])

    private let cpuSeconds: Family<Counter>
    private let openDescriptors: Family<Gauge>
    private let maxDescriptors: Family<Gauge>
    private let virtualBytes: Family<Gauge>
    private let maxVirtualBytes: Family<Gauge>
    private let residentBytes: Family<Gauge>
    private let startTime: Family<Gauge>
    private let threads: Family<Gauge>

    /// Adds the metrics, which every gathering of the registry reads from `proc`. Values that cannot be read have no
    /// sample.
    static func register(in registry: Registry, proc: String = "/proc", logger: Logger) {
        let metrics = ProcessMetrics(registry: registry, proc: proc, logger: logger)
        metrics.readStartTime()
        registry.beforeGather { metrics.refresh() }
    }

    /// Families without labels instead of single instruments, because a family can be empty.
    private init(registry: Registry, proc: String, logger: Logger) {
        self.proc = proc
        self.logger = logger
        cpuSeconds = registry.counters(
            "process_cpu_seconds_total",
            help: "User and system CPU time spent by the exporter itself, without its workers.",
            unit: .seconds,
            labels: []
        )
        openDescriptors = registry.gauges("process_open_fds", help: "Number of open file descriptors.", labels: [])
        maxDescriptors = registry.gauges(
            "process_max_fds",
            help: "Maximum number of open file descriptors.",
            labels: []
        )
        virtualBytes = registry.gauges(
            "process_virtual_memory_bytes",
            help: "Virtual memory size.",
            unit: .bytes,
            labels: []
        )
        maxVirtualBytes = registry.gauges(
            "process_virtual_memory_max_bytes",
            help: "Maximum amount of virtual memory available, in bytes; 2^64 means unlimited.",
            unit: .bytes,
            labels: []
        )
        residentBytes = registry.gauges(
            "process_resident_memory_bytes",
            help: "Resident memory size.",
            unit: .bytes,
            labels: []
        )
        startTime = registry.gauges(
            "process_start_time_seconds",
            help: "Start time of the process since the Unix epoch.",
            unit: .seconds,
            labels: []
        )
        threads = registry.gauges("process_threads", help: "Number of threads.", labels: [])
    }

    /// Read once: it never changes, and /proc/stat is expensive on hosts with many CPUs.
    private func readStartTime() {
        let stat = reading { () throws(ProcFileError) in try ProcessStat.ofThisProcess(proc: proc) }
        let kernel = reading { () throws(ProcFileError) in try KernelStat.read(proc: proc) }
        if let stat, let kernel { startTime.show(Double(kernel.bootTime) + stat.uptimeAtStart.seconds) }
    }

    private func refresh() {
        let stat = reading { () throws(ProcFileError) in try ProcessStat.ofThisProcess(proc: proc) }
        let limits = reading { () throws(SystemError) in try ProcessLimits.ofThisProcess() }
        let descriptors = reading { () throws(SystemError) in try ProcessDescriptors.count(proc: proc) }

        if let stat { cpuSeconds.with().raise(to: stat.cpuTime.seconds) }
        threads.show(stat.map { Double($0.threads) })
        virtualBytes.show(stat.map { Double($0.virtualBytes) })
        residentBytes.show(stat?.residentBytes)
        openDescriptors.show(descriptors.map { Double($0) })
        maxDescriptors.show(limits.map { Double($0.openFiles) })
        maxVirtualBytes.show(limits.map { Double($0.addressSpaceBytes) })
    }

    private func reading<Value, Failure: Error>(_ read: () throws(Failure) -> Value) -> Value? {
        do {
            return try read()
        } catch {
            let text = "\(error)"
            if loggedErrors.withLock({ $0.insert(text).inserted }) {
                logger.warning("Some process metrics are missing", metadata: ["err": "\(text)"])
            }
            return nil
        }
    }
}
