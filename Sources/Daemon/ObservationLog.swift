import Linux
import Logging
import Observation

/// Tells in the log, once, what keeps processes from being observed, and what to do about it.
struct ObservationLog: Sendable {
    private let logger: Logger
    private let told = Protected<Set<String>>([])

    private static let remedy =
        "install the drop-in observe.conf, or grant CAP_SYS_PTRACE: AmbientCapabilities=CAP_SYS_PTRACE"

    init(logger: Logger) {
        self.logger = logger
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
                tell("The processes of other users are hidden, so they are not observed", ["remedy": "\(Self.remedy)"])
            }
            if let count = report.unobservable[.permission], count > 0 {
                tell(
                    "Python processes of other users cannot be observed",
                    ["processes": "\(count)", "remedy": "\(Self.remedy)"]
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
