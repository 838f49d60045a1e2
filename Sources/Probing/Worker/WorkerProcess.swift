import CLinux
import Glibc
package import Linux

/// What a worker process does for itself before it works, because whoever starts it cannot do it for it.
package enum WorkerProcess {
    /// Bytes that a worker may write to its output, and to its errors. A report of a thousand workers is a quarter of
    /// it.
    static let outputLimit = 1 << 20

    /// Exit statuses as a shell gives them: the program is there but cannot be run, and it is not there.
    static let cannotExecute: CInt = 126
    static let notFound: CInt = 127

    /// Makes the calling process one that leaves nothing behind, whatever becomes of it or of its parent.
    ///
    /// - Parameter parent: the process that started this one.
    package static func enter(parent: CInt) {
        dieWithParent(parent)
        restoreSignals()
        restorePriority()
        // An observing daemon may read every process of the host (CAP_SYS_PTRACE); an interpreter has no need to.
        _ = clinux_clear_ambient_capabilities()
        // Nor may it go before all others, as the thread that samples may.
        _ = clinux_forbid_realtime()
        OpenFileLimit.restore()
        setLimit(RLIMIT_CORE, to: 0)
        // Output is a file in memory: this ends a worker that floods it, and nobody has to read along.
        setLimit(RLIMIT_FSIZE, to: rlim_t(outputLimit))
        volunteerForOutOfMemory()
    }

    /// Makes the kernel kill this process when the thread that started it ends, and dies if that has happened already.
    ///
    /// prctl(2) PR_SET_PDEATHSIG: kept over execve(2), not over fork(2). It is tied to the thread, and swift-subprocess
    /// starts all processes from one that lives as long as the daemon.
    static func dieWithParent(_ parent: CInt) {
        _ = clinux_set_parent_death_signal(SIGKILL)
        if getppid() != parent { _exit(EXIT_FAILURE) }
    }

    /// The signal mask and ignored signals go through fork(2) and execve(2), signal(7). The daemon's are not meant for
    /// an interpreter, whose children would wait for ever for signals that are blocked.
    private static func restoreSignals() {
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

    private static func setLimit(_ resource: __rlimit_resource, to value: rlim_t) {
        var limit = rlimit(rlim_cur: value, rlim_max: value)
        _ = unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}
