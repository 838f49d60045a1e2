import Linux
import Web

/// How far the daemon is in its life.
final class DaemonPhase: Sendable {
    enum Phase: Sendable {
        case starting
        case running
        case stopping
    }

    private let phase = Protected(Phase.starting)

    /// Goes on to a later phase; going back is no effect.
    func enter(_ next: Phase) {
        phase.withLock { phase in
            switch (phase, next) {
            case (.stopping, _), (_, .starting): break
            case (_, .running), (_, .stopping): phase = next
            }
        }
    }

    var isStopping: Bool { phase.withLock { $0 } == .stopping }

    /// Whether the daemon does its work.
    func readiness() -> Health {
        switch phase.withLock({ $0 }) {
        case .starting: .failing(reason: "the schedule does not run yet")
        case .running: .ok
        case .stopping: .failing(reason: "the exporter is stopping")
        }
    }
}
