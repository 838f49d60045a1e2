import CLinux
import Glibc

/// State that a process inherits over execve(2), and that its parent may have left in an unusual condition. The program
/// resets it to what a service manager provides, before anything depends on it.
///
/// It keeps what the parent chose on purpose: nice value, scheduling policy, CPU affinity, current directory, hard
/// limits, and the limits on descriptors, memory and processes.
package enum InheritedState {
    /// Call it on the main thread before other threads exist: signal mask and timer slack belong to a thread, and new
    /// threads inherit them.
    package static func reset() throws(SystemError) {
        try openStandardDescriptors()
        restoreSignals()
        umask(mask(from: umask(0)))
        for resource in [RLIMIT_CPU, RLIMIT_FSIZE] { raise(resource, to: rlim_t.max) }
        orderStacks()
        limitHeaps()
        clinux_limit_timer_slack(timerSlack)
    }

    /// Opens descriptors 0, 1 and 2 where they are closed. Otherwise a socket or file would get such a number, and code
    /// that writes to standard error would write into it.
    static func openStandardDescriptors() throws(SystemError) {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // open(2) takes the lowest free number: this one.
            if unsafe open("/dev/null", O_RDWR) >= 0 { continue }
            // The root may have been changed to one without /dev. A directory can be neither read nor written, which is
            // just as good.
            guard unsafe open("/", O_RDONLY | O_DIRECTORY) >= 0 else {
                throw SystemError("open /dev/null in the place of the closed descriptor \(descriptor)")
            }
        }
    }

    /// Signals that parents ignore on purpose: nohup(1), `command &` in a shell, and for SIGPIPE the runtimes of most
    /// languages, signal(7).
    private static let ignoredOnPurpose = [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU]

    /// Ignored and blocked signals stay so over execve(2). A program that ignores SIGCHLD never sees the status of a
    /// child, wait(2), and one that blocks SIGTERM cannot be stopped.
    static func restoreSignals() {
        for number in 1..<NSIG where clinux_is_ignored(number) != 0 && !ignoredOnPurpose.contains(number) {
            _ = signal(number, SIG_DFL)
        }
        // Writing to a file that has reached its size limit then fails, and does not end the program: setrlimit(2).
        _ = signal(SIGXFSZ, SIG_IGN)
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// The owner keeps all permissions on new files, and others may never write to them. A stricter mask of the parent
    /// stays.
    static func mask(from inherited: mode_t) -> mode_t { (inherited | 0o022) & 0o077 }

    /// The default of Linux, in nanoseconds: PR_SET_TIMERSLACK, prctl(2).
    private static let timerSlack: UInt = 50_000

    /// The usual size. The soft limit is also the size of every thread's stack, pthread_create(3). With a small one the
    /// first deep call ends the program with SIGSEGV; a large one uses up the address space.
    private static let stack = 8 << 20

    private static func orderStacks() {
        raise(RLIMIT_STACK, to: rlim_t(stack))
        _ = clinux_set_default_stack(UInt(stack))
    }

    /// The allocator makes a heap for each of the first threads, up to eight times as many as CPUs, and each keeps its free
    /// pages for later: of threads that come and go, every heap grows to as much as one needs. Each also reserves 64 MiB
    /// (malloc/arena.c, HEAP_MAX_SIZE). Where the address space is limited, that leaves none for the stacks of later threads.
    ///
    /// Each large block that is mapped for itself, and freed, makes the allocator map only larger ones from then on, up to
    /// 32 MiB (malloc/malloc.c, mmap_threshold). Later blocks, such as the tables of thousands of processes, then leave holes
    /// in the heap, which grows for minutes. With a fixed threshold it does not.
    static func limitHeaps() {
        var limits = rlimit()
        let isKnown = unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0
        clinux_limit_arenas(isKnown && limits.rlim_cur != rlim_t.max ? 1 : 2)
        clinux_map_large_blocks(1 << 20)
    }

    /// Raises a soft limit to `wanted`, or as far as the hard limit allows.
    private static func raise(_ resource: __rlimit_resource, to wanted: rlim_t) {
        let resource = __rlimit_resource_t(resource.rawValue)
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0, limits.rlim_cur < min(wanted, limits.rlim_max) else { return }
        limits.rlim_cur = min(wanted, limits.rlim_max)
        _ = unsafe setrlimit(resource, &limits)
    }
}
