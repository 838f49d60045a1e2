import CLinux
import Glibc

/// What a process inherits over execve(2) and a parent may have left in an odd state. Each is put into the state that a
/// service manager gives, before anything depends on it.
///
/// Deliberate choices of whoever starts the program stay: nice value, scheduling policy, CPU affinity, current
/// directory, hard limits, and the limits on descriptors, memory and processes.
package enum InheritedState {
    /// Call it on the main thread, before there are others: mask and timer slack are a thread's and are inherited.
    package static func putInOrder() throws(SystemError) {
        try openStandardDescriptors()
        restoreSignals()
        umask(mask(from: umask(0)))
        for resource in [RLIMIT_CPU, RLIMIT_FSIZE] { raise(resource, to: rlim_t.max) }
        orderStacks()
        saveAddressSpace()
        clinux_limit_timer_slack(timerSlack)
    }

    /// Opens what is closed of descriptors 0, 1 and 2. Otherwise a socket or a file gets such a number, and whatever
    /// writes to standard error writes into it.
    static func openStandardDescriptors() throws(SystemError) {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free, open(2): this one.
            if unsafe open("/dev/null", O_RDWR) >= 0 { continue }
            // A changed root without /dev. Reading and writing a directory is an error, which is as good.
            guard unsafe open("/", O_RDONLY | O_DIRECTORY) >= 0 else {
                throw SystemError("open /dev/null in the place of the closed descriptor \(descriptor)")
            }
        }
    }

    /// Signals that parents let a program ignore on purpose: nohup(1), `command &` in a shell, and most languages'
    /// runtimes for SIGPIPE, signal(7).
    private static let ignoredOnPurpose = [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU]

    /// Ignored signals stay ignored and blocked ones blocked over execve(2). With SIGCHLD ignored no child's status is
    /// ever seen, wait(2); with SIGTERM blocked the program cannot be stopped.
    static func restoreSignals() {
        for number in 1..<NSIG where clinux_is_ignored(number) != 0 && !ignoredOnPurpose.contains(number) {
            _ = signal(number, SIG_DFL)
        }
        // A file that may not grow is an error of the write, and does not end the program: setrlimit(2).
        _ = signal(SIGXFSZ, SIG_IGN)
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// The owner may do with a new file what it is created for, others may never write to it; a stricter mask of the
    /// parent's stays.
    static func mask(from inherited: mode_t) -> mode_t { (inherited | 0o022) & 0o077 }

    /// What Linux gives a thread that asks for nothing else: prctl(2), PR_SET_TIMERSLACK.
    private static let timerSlack: UInt = 50_000

    /// A stack of the usual size. The soft limit is also the size of every thread's stack, pthread_create(3): a small one
    /// ends the program with SIGSEGV in the first deep call, a large one takes all the address space.
    private static let stack = 8 << 20

    private static func orderStacks() {
        raise(RLIMIT_STACK, to: rlim_t(stack))
        _ = clinux_set_default_stack(UInt(stack))
    }

    /// The allocator reserves 64 MiB for each of the first threads (malloc/arena.c, HEAP_MAX_SIZE). Where addresses are
    /// limited, that leaves none for the stacks of later ones.
    private static func saveAddressSpace() {
        var limits = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0 else { return }
        if limits.rlim_cur != rlim_t.max { clinux_use_one_arena() }
    }

    /// Raises a soft limit to `wanted`, or as far as the hard one allows.
    private static func raise(_ resource: __rlimit_resource, to wanted: rlim_t) {
        let resource = __rlimit_resource_t(resource.rawValue)
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0, limits.rlim_cur < min(wanted, limits.rlim_max) else { return }
        limits.rlim_cur = min(wanted, limits.rlim_max)
        _ = unsafe setrlimit(resource, &limits)
    }
}
