import CLinux
import Glibc
package import Linux

/// The preparation of a worker process, done in that process because its parent cannot do it.
package enum WorkerProcess {
    /// Bytes that a worker may write to each of its files. A report of a thousand workers takes a quarter of it.
    static let outputLimit = 1 << 20

    /// Exit statuses as of a shell: the program cannot be executed, or does not exist.
    package static let cannotExecute: CInt = 126
    static let notFound: CInt = 127

    /// Descriptors that a worker process may have open: for each of the most workers possible, two ends of a barrier, a
    /// file of statistics and a result.
    private static let openFiles = rlim_t(8 * ProbingSettings.maxWorkers)

    /// Resets the inherited state of the calling process, so that measurements do not depend on how the exporter was
    /// started.
    package static func enter() {
        restoreSignals()
        restorePriority()
        restoreFileMode()
        restoreWorkingDirectory()
        // An observing daemon may read every process of the host (CAP_SYS_PTRACE); a worker must not.
        _ = clinux_clear_ambient_capabilities()
        // Threads of the daemon may run before others; a worker must not.
        _ = clinux_forbid_precedence()
        leaveNoCore()
        // Its output goes to files in memory: the kernel kills a worker that floods them.
        setLimit(RLIMIT_FSIZE, to: rlim_t(outputLimit))
        // The daemon takes as many descriptors as it can get.
        setSoftLimit(RLIMIT_NOFILE, to: openFiles)
        for resource in [RLIMIT_CPU, RLIMIT_AS, RLIMIT_DATA, __RLIMIT_NPROC] {
            setSoftLimit(resource, to: rlim_t.max)
        }
        volunteerForOutOfMemory()
    }

    static func leaveNoCore() { setLimit(RLIMIT_CORE, to: 0) }

    /// Makes the kernel send this process a signal when the thread that started it ends, and exits if that has happened
    /// already.
    ///
    /// prctl(2) PR_SET_PDEATHSIG: kept over execve(2), not over fork(2). It is tied to the thread.
    static func end(with parent: CInt, by signal: CInt) {
        _ = clinux_set_parent_death_signal(signal)
        if getppid() != parent { _exit(EXIT_FAILURE) }
    }

    /// fork(2) and execve(2) keep the signal mask and ignored signals, signal(7). With those of the daemon, children of an
    /// interpreter would wait for blocked signals for ever.
    static func restoreSignals() {
        for number in 1..<NSIG where number != SIGKILL && number != SIGSTOP { _ = signal(number, SIG_DFL) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigprocmask(SIG_SETMASK, &none, nil)
    }

    /// The daemon may have a better priority than others, to answer while probes count down. Probes must not have it,
    /// because they measure what ordinary programs get. Giving it up needs no privilege, setpriority(2).
    private static func restorePriority() {
        let thisProcess = __priority_which_t(PRIO_PROCESS.rawValue)
        guard getpriority(thisProcess, 0) < 0 else { return }
        _ = setpriority(thisProcess, 0, 0)
    }

    /// With a mask such as 0777, multiprocessing could not reopen the files that it creates.
    private static func restoreFileMode() {
        let mask = umask(0o077)
        umask(mask & 0o077)
    }

    /// Programs fail in a working directory that was removed or that they may not enter.
    private static func restoreWorkingDirectory() {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        if unsafe getcwd(&buffer, buffer.count) == nil { _ = unsafe chdir("/") }
    }

    /// Replaces the calling process by the program `words[0]`, looked up on PATH, with `words` as its arguments.
    ///
    /// - Returns: only when that failed, with the exit status for it and the error.
    package static func execute(_ words: [String]) -> (status: CInt, error: SystemError) {
        let program = words.first ?? ""
        var arguments = unsafe words.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        unsafe execvp(program, arguments)
        let error = SystemError("execute \(program)")
        return (error.code == ENOENT ? notFound : cannotExecute, error)
    }

    /// Makes the kernel kill the worker before the daemon when memory runs out: proc(5), oom_score_adj. That needs no
    /// privilege. Where /proc is hidden, only the preference is lost.
    private static func volunteerForOutOfMemory() {
        guard let file = OwnedDescriptor(at: "/proc/self/oom_score_adj", O_WRONLY) else { return }
        _ = unsafe write(file.number, "1000", 4)
    }

    /// Sets a hard limit, or keeps a lower one.
    private static func setLimit(_ resource: __rlimit_resource, to value: rlim_t) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        let value = min(value, limit.rlim_max)
        limit = rlimit(rlim_cur: value, rlim_max: value)
        _ = unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }

    /// Sets a soft limit, as near to the value as the hard limit allows: that needs no privilege, setrlimit(2).
    static func setSoftLimit(_ resource: __rlimit_resource, to value: rlim_t) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(value, limit.rlim_max)
        _ = unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}
