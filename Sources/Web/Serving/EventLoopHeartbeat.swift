import Linux
import NIOCore

/// Detects whether an event loop makes progress, for a watchdog that asks now and then.
///
/// A beat is a task on the loop. Each question wakes the loop once and needs no timer. The answer does not wait for the
/// loop, so a blocked loop does not block the watchdog.
final class EventLoopHeartbeat: Sendable {
    private enum State {
        case idle
        /// A beat waits to run.
        case beating
        /// The loop was shut down and takes no more tasks.
        case stopped
    }

    private let loop: any EventLoop
    private let state = Protected(State.idle)

    init(_ loop: any EventLoop) { self.loop = loop }

    /// Whether the loop has run since the last question. The first answer is true.
    func madeProgress() -> Bool {
        state.withLock { state in
            switch state {
            case .beating: return false
            case .stopped: return true
            case .idle:
                state = .beating
                loop.execute { self.beat() }
                return true
            }
        }
    }

    func stop() {
        state.withLock { $0 = .stopped }
    }

    private func beat() {
        state.withLock { state in
            if case .beating = state { state = .idle }
        }
    }
}
