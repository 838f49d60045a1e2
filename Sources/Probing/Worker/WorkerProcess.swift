import CLinux
import Glibc
package import Linux

/// What a worker process does for itself before it works, because whoever starts it cannot do it for it.
package enum WorkerProcess {
    /// Bytes that a worker may write to its output, and to its errors. A report of a thousand workers is a quarter of
    /// it.
    static let outputLimit = 1 << 20

    /// Exit statuses as a shell gives them: the program is there but cannot be run, and it is not there.
    package static let cannotExecute: CInt = 126
    static let notFound: CInt = 127

    /// Descriptors that a worker may have open: for as many workers as can be asked for, a barrier's two ends, a file
    /// of statistics and a result each.
    private static let openFiles = rlim_t(8 * ProbingSettings.maxWorkers)

    /// Puts in order what the calling process has inherited, so that what a worker measures, and whether it can, does
    /// not depend on who started the exporter.
    package static func enter() {
        restoreSignals()
        restorePriority()
        restoreFileMode()
        restoreWorkingDirectory()
        // An observing daemon may read every process of the host (CAP_SYS_PTRACE); an interpreter has no need to.
        _ = clinux_clear_ambient_capabilities()
        // Nor may it go before all others, as the thread that samples may.
        _ = clinux_forbid_realtime()
        leaveNoCore()
        // Output is a file in memory: this ends a worker that floods it, and nobody has to read along.
        setLimit(RLIMIT_FSIZE, to: rlim_t(outputLimit))
        // The daemon takes as many descriptors as it can get.
        setSoftLimit(RLIMIT_NOFILE, to: openFiles)
        for resource in [RLIMIT_CPU, RLIMIT_AS, RLIMIT_DATA, __RLIMIT_NPROC] {
            setSoftLimit(resource, to: rlim_t.max)
        }
        volunteerForOutOfMemory()
    }

    static func leaveNoCore() { setLimit(RLIMIT_CORE, to: 0) }

    /// Makes the kernel send this process a signal when the thread that started it ends, and ends it if that has
    /// happened already.
    ///
    /// prctl(2) PR_SET_PDEATHSIG: kept over execve(2), not over fork(2). It is tied to the thread.
    static func end(with parent: CInt, by signal: CInt) {
        _ = clinux_set_parent_death_signal(signal)
        if getppid() != parent { _exit(EXIT_FAILURE) }
    }

    /// The signal mask and ignored signals go through fork(2) and execve(2), signal(7). The daemon's are not meant for
    /// an interpreter, whose children would wait for ever for signals that are blocked.
    static func restoreSignals() {
        for number in 1..<NSIG where number != SIGKILL && number != SIGSTOP { _ = signal(number, SIG_DFL) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigprocmask(SIG_SETMASK, &none, nil)
    }

    /// The daemon may have been given a better priority than others, so that it answers while probes count down. They
    /// must not: what they measure is what ordinary programs get. Giving it up needs no privilege, setpriority(2).
    private static func restorePriority() {
        let thisProcess = __priority_which_t(PRIO_PROCESS.rawValue)
        guard getpriority(thisProcess, 0) < 0 else { return }
        _ = setpriority(thisProcess, 0, 0)
    }

    /// A mask such as 0777 makes files that their owner cannot open again, and multiprocessing makes some.
    private static func restoreFileMode() {
        let mask = umask(0o077)
        umask(mask & 0o077)
    }

    /// A directory that is gone, or may not be entered, is an error to whoever asks for its name.
    private static func restoreWorkingDirectory() {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        if unsafe getcwd(&buffer, buffer.count) == nil { _ = unsafe chdir("/") }
    }

    /// Replaces the calling process by the program `words[0]`, looked up on PATH, with `words` as its arguments.
    ///
    /// - Returns: only when that failed, with the exit status to end with and what was wrong.
    package static func execute(_ words: [String]) -> (status: CInt, error: SystemError) {
        let program = words.first ?? ""
        var arguments = unsafe words.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        unsafe execvp(program, arguments)
        let error = SystemError("execute \(program)")
        return (error.code == ENOENT ? notFound : cannotExecute, error)
    }

    /// When memory runs out, the kernel's choice falls on the worker first and not on the daemon: proc(5),
    /// oom_score_adj. Making it likelier needs no privilege; where /proc is hidden, only the preference is lost.
    private static func volunteerForOutOfMemory() {
        let file = unsafe open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = unsafe write(file, "1000", 4)
        close(file)
    }

    /// For good; or, where a lower limit was set for good already, as high as that.
    private static func setLimit(_ resource: __rlimit_resource, to value: rlim_t) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        let value = min(value, limit.rlim_max)
        limit = rlimit(rlim_cur: value, rlim_max: value)
        _ = unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }

    /// As near to a value as the hard limit allows: raising it that far needs no privilege, setrlimit(2).
    static func setSoftLimit(_ resource: __rlimit_resource, to value: rlim_t) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(value, limit.rlim_max)
        _ = unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}
