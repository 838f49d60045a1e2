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
            if !report.seesOthers {
                tell("The processes of other users are hidden, so they are not observed", ["remedy": "\(Self.remedy)"])
            }
            if let count = report.unobservable[.permission], count > 0 {
                tell(
                    "Python processes of other users cannot be observed",
                    ["processes": "\(count)", "remedy": "\(Self.remedy)"]
                )
            }
        }
    }

    func cannotObserve(_ error: SystemError) {
        tell("Python processes cannot be observed", ["err": "\(error)"])
    }

    private func tell(_ message: String, _ metadata: Logger.Metadata) {
        guard told.withLock({ $0.insert(message).inserted }) else { return }
        logger.warning("\(message)", metadata: metadata)
    }
}
