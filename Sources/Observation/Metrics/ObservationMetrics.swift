package import Exposition
import Linux

/// The metrics of observed processes, by group, and of the observation itself.
package struct ObservationMetrics: Sendable {
    /// The families of ``ObservedMetric``. Rows of one name share a family.
    private let counters: [String: Family<Counter>]
    private let gauges: [String: Family<Gauge>]
    private let processes: Family<Gauge>
    private let unobservable: Family<Gauge>
    private let saturated: Family<Gauge>
    private let starts: Family<Counter>
    private let unobservedCPU: Family<Counter>
    private let oldestStart: Family<Gauge>
    private let info: Family<Info>

    let functions: FunctionCounters

    let cpuTime: Counter
    let overflow: Counter
    let lastScan: Family<Gauge>
    let scanDuration: Family<Gauge>
    let scanInterval: Family<Gauge>
    let stuckThreads: Family<Gauge>
    let deferred: Family<Gauge>
    let excluded: Family<Gauge>
    let looks: Counter
    private let limited: Family<Gauge>
    private let sampleRate: Family<Gauge>
    private let resting: Family<Gauge>
    private let passes: Counter
    private let latePasses: Counter
    private let missedTime: Counter
    private let searchTime: Counter

    package init(_ registry: Registry) {
        // Unknown before the first scan, and while the observation is off.
        func gauge(_ name: String, help: String, unit: Unit? = nil) -> Family<Gauge> {
            registry.gauges(name, help: help, unit: unit, labels: [])
        }
        var counters: [String: Family<Counter>] = [:]
        var gauges: [String: Family<Gauge>] = [:]
        for metric in ObservedMetric.all where counters[metric.name] == nil && gauges[metric.name] == nil {
            let labels = ["group"] + (metric.label.map { [$0.name] } ?? [])
            switch metric.kind {
            case .counter:
                counters[metric.name] = registry.counters(
                    metric.name,
                    help: metric.help,
                    unit: metric.unit,
                    labels: labels
                )
            case .sum, .minimum, .busiest:
                gauges[metric.name] = registry.gauges(
                    metric.name,
                    help: metric.help,
                    unit: metric.unit,
                    labels: labels
                )
            }
        }
        (self.counters, self.gauges) = (counters, gauges)
        processes = registry.gauges(
            "gil_processes",
            help: "Python processes that are observed, by version, build and whether the GIL is on.",
            labels: ["group", "version", "build", "gil"]
        )
        unobservable = registry.gauges(
            "gil_process_unobservable",
            help: "Python processes that were found but cannot be read, or not completely, by reason.",
            labels: ["group", "reason"]
        )
        saturated = registry.gauges(
            "gil_processes_saturated",
            help: "Observed processes with a GIL that was held for more than 0.9 of the last half minute; sampled.",
            labels: ["group"]
        )
        starts = registry.counters(
            "gil_process_starts_total",
            help: "Python processes of the group that started since the observation began, of those that were found.",
            labels: ["group"]
        )
        unobservedCPU = registry.counters(
            "gil_process_unobserved_cpu_seconds_total",
            help: """
                CPU time of processes that started since the observation began, from their start to their first sample; in \
                no other series.
                """,
            unit: .seconds,
            labels: ["group"]
        )
        oldestStart = registry.gauges(
            "gil_process_oldest_start_time_seconds",
            help: "Unix time at which the oldest Python process of the group started.",
            unit: .seconds,
            labels: ["group"]
        )
        info = registry.infos(
            "gil_process_group_info",
            help: "The container and the pod of the group's processes; what several containers do not share is empty.",
            labels: ["group", "namespace", "pod", "container", "container_id", "pod_uid", "runtime"]
        )
        functions = FunctionCounters(registry)
        cpuTime = registry.counter(
            "gil_exporter_observation_cpu_seconds_total",
            help: "CPU time that finding and sampling processes took.",
            unit: .seconds
        )
        overflow = registry.counter(
            "gil_exporter_observation_overflow_processes_total",
            help: "Processes counted in the group other because the limit of groups was reached."
        )
        lastScan = gauge(
            "gil_exporter_observation_last_scan_timestamp_seconds",
            help: "Unix time at the end of the last complete scan for processes; absent before the first.",
            unit: .seconds
        )
        scanDuration = gauge(
            "gil_exporter_observation_scan_duration_seconds",
            help: "Duration of the last complete scan for processes; absent before the first.",
            unit: .seconds
        )
        scanInterval = gauge(
            "gil_exporter_observation_scan_interval_seconds",
            help: "Time from the last scan to the next, as the CPU budget allows; absent before the first.",
            unit: .seconds
        )
        stuckThreads = gauge(
            "gil_exporter_observation_stuck_threads",
            help: "Threads of the exporter that wait for files or memory of processes that do not answer."
        )
        deferred = gauge(
            "gil_exporter_observation_deferred_processes",
            help: """
                Processes that the last scan left to the next one because its share of the CPU budget was spent, or for \
                lack of threads or descriptors.
                """
        )
        excluded = gauge(
            "gil_exporter_observation_excluded_processes",
            help: "Python processes that a rule of the configuration excludes from observation, at the last scan."
        )
        looks = registry.counter(
            "gil_exporter_observation_looks_total",
            help: "Looks at new processes between two scans, when a Python process may have started."
        )
        limited = registry.gauges(
            "gil_exporter_observation_limited",
            help: "1 if this limits the processes that the exporter can observe, else 0, at the last scan.",
            labels: ["limit"]
        )
        sampleRate = gauge(
            "gil_exporter_observation_sample_rate",
            help:
                "Samples per second of each process that does not rest, as the CPU budget allows now; 0 while no process "
                + "is observed."
        )
        resting = gauge(
            "gil_exporter_observation_resting_processes",
            help:
                "Processes that seem to sleep, and are therefore sampled once in one to four seconds, or less often where "
                + "thousands do."
        )
        passes = registry.counter(
            "gil_exporter_observation_rounds_total",
            help: "Sampling rounds. Each samples every observed process that does not rest."
        )
        latePasses = registry.counter(
            "gil_exporter_observation_late_rounds_total",
            help: "Sampling rounds that began more than 1 ms late because no CPU was free. Many make held time too low."
        )
        missedTime = registry.counter(
            "gil_exporter_observation_missed_seconds_total",
            help: "Time in which no sample was taken for seconds because the exporter or its host did not run.",
            unit: .seconds
        )
        searchTime = registry.counter(
            "gil_exporter_observation_search_cpu_seconds_total",
            help: "CPU time that the sampling thread took to find interpreters and locks in the memory of processes.",
            unit: .seconds
        )
    }

    // MARK: series of a group

    func counter(of metric: ObservedMetric, _ group: String) -> Counter? {
        guard let family = counters[metric.name] else { return nil }
        return metric.label.map { family.with(group, $0.value) } ?? family.with(group)
    }

    func gauge(of metric: ObservedMetric, _ group: String) -> Gauge? {
        guard let family = gauges[metric.name] else { return nil }
        return metric.label.map { family.with(group, $0.value) } ?? family.with(group)
    }

    func removeGauge(of metric: ObservedMetric, _ group: String) {
        gauges[metric.name]?.remove { $0.first == group && (metric.label == nil || $0.last == metric.label?.value) }
    }

    func processes(_ group: String, _ version: PythonVersion, _ build: ProcessObservation.Build, gil: Bool) -> Gauge {
        processes.with(group, version.description, build.rawValue, gil ? "on" : "off")
    }

    /// The number of processes of a group that has had none yet, whose version and build are therefore empty.
    func processesOfAbsentGroup(_ group: String) -> Gauge { processes.with(group, "", "", "") }

    func removeProcessesOfAbsentGroup(_ group: String) { processes.remove { $0 == [group, "", "", ""] } }

    func unobservable(_ group: String, _ reason: UnobservableReason) -> Gauge {
        unobservable.with(group, reason.rawValue)
    }

    func saturated(_ group: String) -> Gauge { saturated.with(group) }

    func starts(_ group: String) -> Counter { starts.with(group) }

    func unobservedCPU(_ group: String) -> Counter { unobservedCPU.with(group) }

    func oldestStart(_ group: String) -> Gauge { oldestStart.with(group) }

    func removeOldestStart(_ group: String) { oldestStart.remove { $0.first == group } }

    /// Replaces the series that identifies a group.
    ///
    /// - Parameter identity: nil: none.
    func identify(_ group: String, as identity: GroupIdentity?) {
        info.remove { $0.first == group }
        guard let identity else { return }
        info.with(
            group,
            identity.namespace,
            identity.pod,
            identity.container,
            identity.containerID,
            identity.podUID,
            identity.runtime
        )
    }

    /// Removes all series of a group.
    func remove(_ group: String) {
        for family in Array(counters.values) + [starts, unobservedCPU] { family.remove { $0.first == group } }
        for family in Array(gauges.values) + [processes, unobservable, saturated, oldestStart] {
            family.remove { $0.first == group }
        }
        info.remove { $0.first == group }
        functions.remove(group)
    }

    // MARK: scans and sampling

    /// Removes what only an observation that runs knows. Until the next one has scanned, nobody knows how many processes a
    /// group has: 0 would be wrong.
    func forgetPresent() {
        for family in [lastScan, scanDuration, scanInterval, stuckThreads, deferred, excluded, sampleRate, resting] {
            family.remove()
        }
        for family in Array(gauges.values) + [limited, processes, unobservable, saturated, oldestStart] {
            family.remove { _ in true }
        }
    }

    func show(_ scope: ObservationScope) {
        for limit in ObservationScope.Limit.allCases {
            limited.with(limit.rawValue).set(scope.limits.contains(limit) ? 1 : 0)
        }
    }

    /// Counts the work of the sampler since an earlier publication.
    ///
    /// - Parameter isObserving: whether any process is observed.
    func count(_ current: SamplerPublication, since previous: SamplerPublication?, isObserving: Bool) {
        let passes = current.passes
        let before = previous?.passes ?? SamplingPasses()
        cpuTime.increment(by: (current.cpuTime - (previous?.cpuTime ?? .zero)).seconds)
        self.passes.increment(by: Double(passes.count) - Double(before.count))
        latePasses.increment(by: Double(passes.late) - Double(before.late))
        missedTime.increment(by: (passes.missed - before.missed).seconds)
        searchTime.increment(by: (passes.searching - before.searching).seconds)
        sampleRate.show(isObserving ? current.effectiveRate : 0)
        resting.show(isObserving ? Double(current.resting) : 0)
    }
}
