package import Linux

/// The settings of the observation of Python processes.
package struct ObservationSettings: Sendable, Equatable {
    package var isEnabled = true
    /// Samples of each process per second.
    package var sampleRate = 100
    /// The share of one CPU that the observation may use. It samples less often rather than exceed it.
    package var cpuBudget = 0.01
    /// The time between two scans for processes.
    package var scanInterval: Duration = .seconds(5)
    /// The first rule that matches a process determines its group, or excludes it.
    package var groups: [GroupRule] = []
    /// The maximum number of groups, without the one for all others.
    package var groupLimit = 100
    /// The time for which a group without processes keeps its series and its place.
    package var groupRetention: Duration = .seconds(3600)
    package var kubernetes = KubernetesSettings()
    package var profile = ProfileSettings()

    package init() {}
}

/// Where the names of pods are.
package struct KubernetesSettings: Sendable, Equatable {
    /// The directory in which the host's kubelet keeps the logs of pods. Those of containers are beside it.
    package var podLogs = "/var/log/pods"

    package init() {}
}

/// The settings of what is read of the code that holds locks.
package struct ProfileSettings: Sendable, Equatable {
    /// The functions of each group that have series of their own, those that make others wait most; 0 for none.
    package var top = 0

    package init() {}
}

/// Observes the Python processes of this host: scans for them, samples them, and keeps the metrics. Between two scans it looks
/// for processes that have just started, so that short programs are observed, too.
///
/// Scans run on a thread of their own. A file system that does not answer may block that thread, but neither a scrape nor
/// the end of the program.
package final class ProcessObserver: Sendable {
    private let metrics: ObservationMetrics
    private let processes: Protected<ObservedProcesses?>
    private let history: GroupHistory
    private let hasBegun = Monitor(false)
    /// Whether the observation has ended.
    private let isStopped = Monitor(false)
    private let starts: StartWatch
    private let heartbeat: Protected<ScanHeartbeat>

    /// Creates all that it needs, of which the system may have too little. Nothing is observed before ``begin()``, so that
    /// a previous observer can go on until then.
    ///
    /// - Parameters:
    ///   - names: the groups of previous observers.
    ///   - history: continued after each scan.
    ///   - profiles: what holds the locks is added to them; nil: it is not looked at.
    ///   - report: called with the outcome of each scan.
    package init(
        _ settings: ObservationSettings,
        metrics: ObservationMetrics,
        names: GroupNames,
        history: GroupHistory,
        profiles: GroupProfiles? = nil,
        report: @escaping @Sendable (Result<ScanReport, SystemError>) -> Void
    ) throws(SystemError) {
        let blocking = BlockingWork()
        let starts = try StartWatch(blocking: blocking)
        let sampler = try GILSampler(
            GILSampler.Settings(
                rate: Double(settings.sampleRate),
                cpuBudget: settings.cpuBudget * (1 - ScanPace.shareOfBudget - ScanPace.shareOfLooks),
                hasProfiles: profiles != nil || settings.profile.top > 0,
                followsActivity: true
            ),
            onReport: starts.checkNumbers
        )
        self.starts = starts
        self.metrics = metrics
        self.history = history
        processes = Protected(
            ObservedProcesses(
                metrics: metrics,
                sampler: sampler,
                profiles: profiles,
                topFunctions: settings.profile.top
            )
        )
        heartbeat = Protected(ScanHeartbeat(interval: settings.scanInterval, now: KernelClock.monotonic()))
        let thread = try POSIXThread(name: "gil-scan") {
            [metrics, processes, hasBegun, isStopped, heartbeat] in
            hasBegun.wait { $0 }
            guard !isStopped.withLock({ $0 }) else { return }
            let grouping = Grouping(settings, names: names)
            var scans = Scans(
                scanner: GroupScanner(grouping: grouping, blocking: blocking, starts: starts),
                pace: ScanPace(interval: settings.scanInterval, cpuBudget: settings.cpuBudget),
                blocking: blocking,
                starts: starts,
                metrics: metrics,
                history: history
            )
            var interval: Duration
            repeat {
                let (result, next) = scans.scan(processes)
                interval = next
                // A blind scan does not count.
                if (try? result.get())?.blindness == nil {
                    heartbeat.withLock { $0.beat(now: KernelClock.monotonic()) }
                }
                report(result)
            } while scans.wait(for: interval, isStopped, processes)
        }
        thread.detach()
    }

    deinit { stop() }

    /// Begins to scan and to sample. To be called once, after the previous observer has stopped: two would count twice.
    package func begin() {
        heartbeat.withLock { $0.beat(now: KernelClock.monotonic()) }
        hasBegun.update { $0 = true }
    }

    /// Brings the metrics up to date with the samples.
    package func refresh() {
        processes.withLock { $0?.refresh() }
    }

    /// The groups at this moment, in no order.
    package func groups() -> [ObservedGroup] {
        let current = processes.withLock { processes in
            processes?.refresh()
            return processes?.overview ?? []
        }
        return current.map { group in
            var group = group
            group.history = history[group.name]
            return group
        }
    }

    /// The time since the last scan ended, if it is too long.
    package var overdue: Duration? {
        heartbeat.withLock { $0.overdue(now: KernelClock.monotonic()) }
    }

    /// Ends the observation. Counters keep their values; gauges disappear.
    package func stop() {
        isStopped.update { $0 = true }
        hasBegun.update { $0 = true }
        starts.wake()
        processes.withLock { processes in
            processes?.removeAll()
            processes = nil
            metrics.forgetPresent()
        }
    }
}

/// The outcome of a scan.
package struct ScanReport: Sendable, Equatable {
    /// The number of Python processes that cannot be observed, by reason.
    package var unobservable: [UnobservableReason: Int] = [:]
    /// What limits the processes that can be observed.
    package var scope = ObservationScope.all
    /// Regular expressions of rules that took too long for a process, and were given up there.
    package var exhaustedExpressions: Set<String> = []
    /// Threads that wait for files or memory of processes that do not answer.
    package var stuckThreads = 0
    /// Why no process could be looked at. Nil if processes were.
    package var blindness: Blindness?
    /// The time until the next scan, if scans cost more than their share of the CPU budget.
    package var stretchedInterval: Duration?
    /// Processes in the group for all others, because there were too many groups.
    package var overflow = 0
}

/// Why a scan can look at no process.
package enum Blindness: Sendable {
    /// The maximum of threads wait for files that do not answer.
    case unresponsive
    /// The system has no further thread: pthread_create(3) failed.
    case noThread
}

/// Detects that scans have stopped.
struct ScanHeartbeat: Sendable {
    /// A scan takes less whatever does not answer: the number of stuck calls is limited, and the patience with each.
    private static let maxScan: Duration = .seconds(60)

    private let patience: Duration
    private var newest: UInt64

    /// - Parameters:
    ///   - interval: between scans, as configured.
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    init(interval: Duration, now: UInt64) {
        patience = max(interval, ScanPace.maxInterval) + Self.maxScan
        newest = now
    }

    mutating func beat(now: UInt64) { newest = now }

    /// The time since the last scan ended, if it is too long.
    func overdue(now: UInt64) -> Duration? {
        let age = Duration.nanoseconds(Int64(clamping: now - min(newest, now)))
        return age > patience ? age : nil
    }
}
