import CLinux
import Glibc

/// A thread outside Swift's cooperative pool, with every signal blocked.
///
/// Code that counts down or samples must neither occupy a thread of the pool nor be interrupted by the daemon's
/// signals.
package struct POSIXThread: ~Copyable {
    private let handle: pthread_t

    /// Starts `body` on a new thread. Join or detach it.
    ///
    /// - Parameter name: ps(1) and top(1) show its first 15 bytes. Nil: the name of the creating thread.
    package init(name: String? = nil, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let argument = unsafe Unmanaged.passRetained(
            Body {
                if let name { unsafe _ = clinux_name_thread(name) }
                body()
            }
        )
        // A thread inherits the signal mask of its creator. Everything is blocked around the creation, so that no
        // signal arrives before the new thread blocks it.
        var everything = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&everything)
        unsafe pthread_sigmask(SIG_SETMASK, &everything, &previous)
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument.toOpaque()
        )
        unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
        guard code == 0 else {
            unsafe argument.release()
            throw SystemError("pthread_create", code: code)
        }
        self.handle = handle
    }

    /// Waits until the thread has returned.
    package consuming func join() {
        pthread_join(handle, nil)
    }

    /// Lets the thread run on its own. For threads that may block for ever.
    package consuming func detach() {
        pthread_detach(handle)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// The CPUs that a thread may run on: sched_getaffinity(2).
package enum Affinity {
    /// The numbers of the CPUs in the calling thread's mask, ascending.
    package static func ofCallingThread() throws(SystemError) -> [Int] {
        let count = clinux_affinity(nil, 0)
        guard count >= 0 else { throw SystemError("sched_getaffinity") }
        var cpus = [CInt](repeating: 0, count: Int(count))
        let found = unsafe clinux_affinity(&cpus, count)
        guard found >= 0 else { throw SystemError("sched_getaffinity") }
        return cpus.prefix(Int(found)).map(Int.init)
    }
}

/// The nice value of a thread, nice(2): on Linux each thread has its own, setpriority(2).
package enum ThreadPriority {
    /// A third of an ordinary thread's share of a CPU (sched(7), "The nice value"). At 10, a tenth, checking a
    /// password took ten seconds on a busy host.
    private static let low: CInt = 5
    /// Three times the share of a CPU that other threads of the process get.
    private static let steps: CInt = 5

    /// Has the calling thread run before others of its process, as far as that is allowed: needs root, CAP_SYS_NICE or
    /// RLIMIT_NICE. Threads and processes that it creates have the ordinary priority.
    ///
    /// A thread that uses more than its fair share for a moment is not interrupted for that: it waits for no other before it
    /// sleeps again.
    ///
    /// - Returns: whether it is allowed.
    @discardableResult
    package static func raise() -> Bool { clinux_change_nice(-steps) == 0 }

    /// Has the calling thread run after ordinary ones. This needs no privilege; undoing it does.
    package static func lower() {
        let thisThread = __priority_which_t(PRIO_PROCESS.rawValue)
        let current = getpriority(thisThread, 0)
        guard current < low else { return }
        // systemd's filter of setpriority(2) may only pretend to succeed.
        if clinux_change_nice(low - current) != 0 { _ = setpriority(thisThread, 0, low) }
    }
}

/// How soon a thread that wakes up gets a CPU while other threads occupy all of them: sched(7).
package enum SchedulingPolicy: String, Sendable {
    /// At once, by SCHED_FIFO: needs root, CAP_SYS_NICE or RLIMIT_RTPRIO.
    case realtime
    /// Mostly at once, by a short time slice: needs no privilege, but Linux 6.12 (kernel/sched/fair.c, PREEMPT_SHORT).
    case shortSlice
    /// When the scheduler considers it fair. With EEVDF, in Linux 6.6 to 6.11, another thread may have to go to sleep
    /// first.
    case ordinary

    private static let lowestPriority: CInt = 1
    /// In nanoseconds: the shortest that the kernel accepts.
    private static let shortestSlice: UInt64 = 100_000

    /// Gives the calling thread the policy with the fastest wake-up that it may have. Threads and processes that it
    /// creates have the ordinary one.
    package static func requestFastestWakeUp() -> SchedulingPolicy {
        if clinux_set_realtime(lowestPriority) == 0 { return .realtime }
        ThreadPriority.raise()
        return clinux_set_slice(shortestSlice) == 0 ? .shortSlice : .ordinary
    }

    /// The time slice of the calling thread; nil if the kernel has no slices of threads, before Linux 6.12, or if a sandbox
    /// hides it.
    package static func slice() -> Duration? {
        let found = clinux_slice()
        return found > 0 ? .nanoseconds(Int64(clamping: found)) : nil
    }

    /// Gives the calling thread a time slice of this length, and keeps its other properties. Threads and processes that it
    /// creates have the ordinary one.
    ///
    /// A thread that wakes up gets a CPU at once if its slice would end before what is left of the slice of the thread that
    /// occupies the CPU; otherwise it waits, often until the next tick of the scheduler: up to 4 ms with CONFIG_HZ=250. If it
    /// still runs when its slice has ended, it waits for as long. So the slice should be about as long as the work that
    /// follows a wake-up.
    ///
    /// - Returns: false if the kernel has no slices of threads: before Linux 6.12 it ignores them.
    @discardableResult
    package static func requestSlice(_ length: Duration) -> Bool {
        clinux_set_slice(UInt64(length.nanoseconds)) == 0
    }
}
