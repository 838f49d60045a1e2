import Linux
import Logging
import Observation

/// Tells in the log, once, what keeps processes from being observed, and what to do about it.
struct ObservationLog: Sendable {
    private let logger: Logger
    private let told = Protected<Set<String>>([])

    private let remedy: String

    private static let grant =
        "install the drop-in observe.conf, or grant CAP_SYS_PTRACE: AmbientCapabilities=CAP_SYS_PTRACE"

    private static let answer = "see gil_process_unobservable with reason=\"unresponsive\", and the mounts of those"

    init(logger: Logger, rights: ObservationRights = .ofThisProcess()) {
        self.logger = logger
        // What is granted already, or helps nobody, is no advice.
        remedy = rights.mayTrace || (rights.ptraceScope ?? 0) > 2 ? rights.remedy : Self.grant
    }

    func record(_ scan: Result<ScanReport, SystemError>) {
        switch scan {
        case .failure(let error):
            cannotObserve(error)
        case .success(let report):
            if let refusal = ProcessMemory.refusal {
                tell("The memory of processes cannot be read as usual", ["reason": "\(refusal)"])
            }
            if !report.seesOthers {
                tell("The processes of other users are hidden, so they are not observed", ["remedy": "\(remedy)"])
            }
            if let count = report.unobservable[.permission], count > 0 {
                tell(
                    "Python processes of other users cannot be observed",
                    ["processes": "\(count)", "remedy": "\(remedy)"]
                )
            }
            if report.isBlind {
                tell(
                    "Processes are not looked for: too many files of other processes do not answer",
                    ["threads": "\(report.stuckThreads)", "remedy": "\(Self.answer)"]
                )
            } else if report.stuckThreads > 0 {
                tell(
                    "Files of some processes do not answer, so these are not observed",
                    ["threads": "\(report.stuckThreads)", "remedy": "\(Self.answer)"]
                )
            }
            if let count = report.unobservable[.limit], count > 0 {
                tell(
                    "Processes cost too much to look into, so they are not observed",
                    ["processes": "\(count)", "remedy": "see gil_process_unobservable with reason=\"limit\""]
                )
            }
            if let interval = report.stretchedInterval {
                tell(
                    "Processes are looked for less often, to keep the CPU budget",
                    [
                        "interval": "\(Int(interval.seconds.rounded()))s",
                        "remedy": "raise observation.cpu_budget or observation.scan_interval",
                    ]
                )
            }
            if report.overflow > 0 {
                tell(
                    "There are as many groups of processes as may be, so that others are in the group other",
                    ["remedy": "raise observation.group_limit, or let rules of observation.groups name fewer groups"]
                )
            }
            for expression in report.exhaustedExpressions.sorted() {
                tell(
                    "A regular expression of observation.groups takes too long, so its rule does not apply",
                    [
                        "expression": "\(expression)",
                        "remedy": "let no part of it match the same text in many ways, as (a+)+ does",
                    ],
                    once: expression
                )
            }
        }
    }

    func cannotObserve(_ error: SystemError) {
        tell("Python processes cannot be observed", ["err": "\(error)"])
    }

    /// - Parameter subject: what the message is about, if there can be several.
    private func tell(_ message: String, _ metadata: Logger.Metadata, once subject: String = "") {
        guard told.withLock({ $0.insert("\(message) \(subject)").inserted }) else { return }
        logger.warning("\(message)", metadata: metadata)
    }
}
