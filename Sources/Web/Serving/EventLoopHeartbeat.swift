import Linux
import NIOCore

/// Tells whether an event loop makes progress, for a watchdog that asks now and then.
///
/// A beat is a task of the loop's. A question costs one wake-up of the loop and no timer, and is answered without
/// waiting for the loop, so whoever asks is not stuck with it.
final class EventLoopHeartbeat: Sendable {
    private enum State {
        case idle
        /// A beat waits to be run.
        case beating
        /// The loop was shut down, and must not be given tasks any more.
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
