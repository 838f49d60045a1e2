import Linux
import Logging
import Observation

/// Logs, once each, the reasons why processes are not observed, and what to do about them.
struct ObservationLog: Sendable {
    private let logger: Logger
    private let logged = Protected<Set<String>>([])

    private static let mounts =
        "see gil_process_unobservable with reason=\"unresponsive\", and check the mounts of these processes"

    init(logger: Logger) { self.logger = logger }

    func record(_ scan: Result<ScanReport, SystemError>) {
        switch scan {
        case .failure(let error): cannotObserve(error)
        case .success(let report): record(report)
        }
    }

    private func record(_ report: ScanReport) {
        if let refusal = ProcessMemory.refusal {
            warnOnce("The memory of processes cannot be read as usual", ["reason": "\(refusal)"])
        }
        let scope = report.scope
        if scope.excludesOthers {
            let reasons = scope.reasons.joined(separator: "; ")
            warnOnce(
                "Processes of other users are not observed",
                ["reason": "\(reasons)", "remedy": "\(scope.advice)"],
                about: reasons
            )
        } else if let count = report.unobservable[.permission], count > 0 {
            warnOnce(
                "Python processes cannot be observed for lack of permission",
                ["processes": "\(count)", "remedy": "\(scope.advice)"]
            )
        }
        switch report.blindness {
        case .unresponsive:
            warnOnce(
                "Scanning for processes has stopped: too many files of other processes do not answer",
                ["threads": "\(report.stuckThreads)", "remedy": "\(Self.mounts)"]
            )
        case .noThread:
            warnOnce(
                "A scan for processes was not possible: the system has no thread for it; the next scan tries again",
                ["remedy": "raise RLIMIT_NPROC (ulimit -u, LimitNPROC=) or the cgroup's pids.max (TasksMax=)"]
            )
        case nil where report.stuckThreads > 0:
            warnOnce(
                "Some processes are not observed because their files do not answer",
                ["threads": "\(report.stuckThreads)", "remedy": "\(Self.mounts)"]
            )
        case nil: break
        }
        if let count = report.unobservable[.limit], count > 0 {
            warnOnce(
                "Some processes are not observed because that would cost too much",
                ["processes": "\(count)", "remedy": "see gil_process_unobservable with reason=\"limit\""]
            )
        }
        if let interval = report.stretchedInterval {
            warnOnce(
                "Scans for processes are less frequent, to keep the CPU budget",
                [
                    "interval": "\(Int(interval.seconds.rounded()))s",
                    "remedy": "raise observation.cpu_budget or observation.scan_interval",
                ]
            )
        }
        if report.overflow > 0 {
            warnOnce(
                "The limit of groups is reached: more processes are in the group other",
                ["remedy": "raise observation.group_limit, or write rules in observation.groups that make fewer groups"]
            )
        }
        for expression in report.exhaustedExpressions.sorted() {
            warnOnce(
                "A regular expression of observation.groups takes too long, so its rule does not apply",
                [
                    "expression": "\(expression)",
                    "remedy": "avoid parts that match the same text in many ways, such as (a+)+",
                ],
                about: expression
            )
        }
    }

    func cannotObserve(_ error: SystemError) {
        warnOnce("Python processes cannot be observed", ["err": "\(error)"])
    }

    func cannotApplySettings(_ error: SystemError) {
        warnOnce(
            "The new settings of the observation are not in force yet: it goes on with the previous ones",
            [
                "err": "\(error)",
                "remedy": "raise TasksMax=, LimitNPROC= or LimitNOFILE= if this lasts; the exporter tries every second",
            ]
        )
    }

    /// - Parameter subject: what the message is about, if there can be several.
    private func warnOnce(_ message: String, _ metadata: Logger.Metadata, about subject: String = "") {
        guard logged.withLock({ $0.insert("\(message) \(subject)").inserted }) else { return }
        logger.warning("\(message)", metadata: metadata)
    }
}
