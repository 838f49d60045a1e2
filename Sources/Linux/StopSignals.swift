import CLinux
import Glibc

/// SIGTERM and SIGINT: an orderly stop of the program, which ends in time even if something is stuck.
///
/// A thread of its own, created at the start, handles them. When the program has to stop, the threads of Swift's
/// runtime and of Dispatch may all be blocked by a file that does not respond, or may be missing.
package final class StopSignals: Sendable {
    private enum Phase {
        /// Nothing is running yet that needs an orderly end.
        case starting
        case running(stop: @Sendable () -> Void)
    }

    private let phase = Protected(Phase.starting)

    /// Catches the signals from now on. Create one value per process.
    ///
    /// - Parameters:
    ///   - limit: how long a stop may take.
    ///   - status: the exit status of a program whose stop took longer.
    ///   - overdue: called before that. It must not wait.
    package init(
        limit: Duration,
        status: CInt,
        overdue: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let event = clinux_catch_stop_signals()
        guard event >= 0 else { throw SystemError("catch SIGTERM and SIGINT") }
        try POSIXThread(name: "gil-stop") { [phase] in
            Self.await(event)
            switch phase.withLock({ $0 }) {
            case .starting:
                Self.endBySignal()
            case .running(let stop):
                stop()
                // Normally the program ends meanwhile, and this thread with it.
                KernelClock.sleep(until: .now + limit)
                overdue()
                _exit(status)
            }
        }.detach()
    }

    /// From now on a signal calls `stop`, which begins an orderly end. Before this call a signal ends the program as it
    /// does by default.
    package func handle(_ stop: @escaping @Sendable () -> Void) {
        phase.withLock { $0 = .running(stop: stop) }
    }

    /// Stops the program as a service manager does.
    package static func raise() { kill(getpid(), SIGTERM) }

    private static func await(_ event: CInt) {
        var count: UInt64 = 0
        repeat { _ = unsafe read(event, &count, MemoryLayout<UInt64>.size) } while clinux_stop_signal() == 0
    }

    /// Ends the program by the signal that was caught, as it does by default: the parent sees that it was a signal.
    package static func endBySignal() -> Never {
        let number = clinux_stop_signal()
        _ = signal(number, SIG_DFL)
        kill(getpid(), number)
        // Another thread, or this one, handles it. Process 1 does not get signals without a handler, pid_namespaces(7).
        KernelClock.sleep(until: .now + .milliseconds(100))
        _exit(128 + number)
    }
}
