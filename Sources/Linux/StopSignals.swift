import CLinux
import Glibc

/// SIGTERM and SIGINT: they stop the program in order, and the stop ends in time, whatever is stuck.
///
/// On a thread of its own, made at the start: the threads of Swift's runtime and of Dispatch may all be held up by a
/// file that does not answer, or be missing, at the moment at which somebody wants the program to end.
package final class StopSignals: Sendable {
    private enum Phase {
        /// Nothing is there yet that would have to be ended in order.
        case starting
        case running(stop: @Sendable () -> Void)
    }

    private let phase = Protected(Phase.starting)

    /// Catches the signals from here on. Once per process.
    ///
    /// - Parameters:
    ///   - limit: how long a stop may take.
    ///   - overdue: is called when it takes longer, before the program ends with `status`. It must not wait.
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
                Self.dieOfSignal()
            case .running(let stop):
                stop()
                // It ends in the normal way meanwhile, and this thread with it.
                KernelClock.sleep(until: KernelClock.monotonic() + UInt64(max(0, limit.nanoseconds)))
                overdue()
                _exit(status)
            }
        }.detach()
    }

    /// From here on `stop` begins an orderly end; until now a signal has ended the program as it does by default.
    package func handle(_ stop: @escaping @Sendable () -> Void) {
        phase.withLock { $0 = .running(stop: stop) }
    }

    /// As if a service manager had asked: for whoever else ends the program.
    package static func raise() { kill(getpid(), SIGTERM) }

    private static func await(_ event: CInt) {
        var count: UInt64 = 0
        while unsafe read(event, &count, MemoryLayout<UInt64>.size) < 0, errno == EINTR {}
    }

    private static func dieOfSignal() -> Never {
        let number = clinux_stop_signal()
        _ = signal(number, SIG_DFL)
        kill(getpid(), number)
        // Another thread takes it, or this one. Process 1 gets no signal that it does not handle, pid_namespaces(7).
        KernelClock.sleep(until: KernelClock.monotonic() + 100_000_000)
        _exit(128 + number)
    }
}
