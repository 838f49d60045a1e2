import CLinux
import Glibc

/// A child process: started by posix_spawn(3), awaited and reaped by a thread of its own.
///
/// It does without a process descriptor, because pidfd_open(2) is missing before Linux 5.3, and container runtimes from
/// before 2021 refuse it.
package final class SpawnedProcess: Sendable {
    package enum Ending: Sendable, Equatable {
        case exited(CInt)
        case signaled(CInt)
        /// Something else has reaped it.
        case unknown
    }

    /// The program to start, with its arguments, environment and descriptors.
    package struct Plan: Sendable {
        var program: String
        var words: [String]
        var hidden: [String]
        var descriptors: [CInt]

        /// - Parameters:
        ///   - program: the path of the file to execute.
        ///   - words: its arguments, beginning with its own name.
        ///   - hidden: environment variables that it does not inherit. It inherits all others.
        ///   - descriptors: the descriptors that become 0, 1 and so on in the child, which gets no others.
        package init(_ program: String, _ words: [String], hiding hidden: [String] = [], descriptors: [CInt]) {
            self.program = program
            self.words = words
            self.hidden = hidden
            self.descriptors = descriptors
        }
    }

    private struct State: Sendable {
        var isReaped = false
        var ending: Ending?
        var waiting: [CheckedContinuation<Ending, Never>] = []
    }

    package let id: Int32
    private let state = Protected(State())

    private init(id: pid_t) { self.id = id }

    /// Starts a process, with no signal blocked or ignored, as in a shell.
    ///
    /// The thread that starts the child lives until the child is reaped. The child's PR_SET_PDEATHSIG is tied to that
    /// thread, and so is sent only when this whole process ends.
    package static func start(_ plan: Plan) async throws -> SpawnedProcess {
        try await withCheckedThrowingContinuation { (started: CheckedContinuation<SpawnedProcess, any Error>) in
            do {
                let thread = try POSIXThread(name: "child") {
                    // The daemon may read every process of the host (CAP_SYS_PTRACE); no worker needs to. Ambient
                    // capabilities belong to a thread, and the program that it starts inherits them: capabilities(7).
                    _ = clinux_clear_ambient_capabilities()
                    do {
                        let process = try spawn(plan)
                        started.resume(returning: process)
                        process.reap()
                    } catch {
                        started.resume(throwing: error)
                    }
                }
                thread.detach()
            } catch {
                started.resume(throwing: error)
            }
        }
    }

    /// Sends a signal, unless the process has been reaped: another process may have its number by then.
    package func signal(_ number: CInt) {
        state.withLock { if !$0.isReaped { kill(id, number) } }
    }

    /// Whether it has ended, reaped or not.
    package var hasEnded: Bool { state.withLock { $0.isReaped || clinux_has_ended(id) != 0 } }

    /// How the process ended, once it has. Cancelling the task does not end the wait.
    package var ending: Ending {
        get async {
            await withCheckedContinuation { continuation in
                let ending = state.withLock { state in
                    if state.ending == nil { state.waiting.append(continuation) }
                    return state.ending
                }
                if let ending { continuation.resume(returning: ending) }
            }
        }
    }

    private func reap() {
        var waiting: [CheckedContinuation<Ending, Never>] = []
        var ending: Ending?
        while ending == nil {
            awaitEnd()
            (ending, waiting) = state.withLock { state in
                guard let ending = Self.children.withLock({ Self.reap(id, &$0) }) else { return (nil, []) }
                state.isReaped = true
                state.ending = ending
                defer { state.waiting = [] }
                return (ending, state.waiting)
            }
        }
        for continuation in waiting { continuation.resume(returning: ending ?? .unknown) }
    }

    /// Returns when the process has ended, without reaping it, waitid(2): until then no other process gets its number.
    private func awaitEnd() {
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno != ECHILD {
            guard errno == EINTR else {
                // Refused: look again a little later.
                KernelClock.sleep(until: .now + .milliseconds(10))
                return
            }
        }
    }

    /// How a child ended; nil while it has not.
    private static func reap(_ id: pid_t, _ children: inout Set<pid_t>) -> Ending? {
        var status: CInt = 0
        let reaped = unsafe waitpid(id, &status, WNOHANG)
        if reaped == 0 || reaped < 0 && errno == EINTR { return nil }
        children.remove(id)
        return reaped == id ? Ending(waitStatus: status) : .unknown
    }

    /// The children that ``OrphanReaper`` must not reap. The lock is held while one is started or reaped, so that the
    /// reaper never sees a child that is not listed.
    static let children = Protected(Set<pid_t>())
}

extension SpawnedProcess.Ending {
    /// Decodes a status of wait(2) as the macros WIFEXITED, WEXITSTATUS and WTERMSIG do, which Swift does not see.
    package init(waitStatus status: CInt) {
        self = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signaled(status & 0x7F)
    }
}

extension SpawnedProcess {
    private static func spawn(_ plan: Plan) throws(SystemError) -> SpawnedProcess {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in plan.descriptors.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number))
        }
        unsafe clinux_spawn_close_from(&actions, CInt(plan.descriptors.count))
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var words = unsafe plan.words.map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var variables = unsafe environment(hiding: plan.hidden)
        unsafe variables.append(nil)
        return try children.withLock { children throws(SystemError) in
            keepEndedChildren()
            var id: pid_t = 0
            let code = unsafe posix_spawn(&id, plan.program, &actions, &attributes, words, variables)
            guard code == 0 else { throw SystemError("start \(plan.program)", code: code) }
            children.insert(id)
            return SpawnedProcess(id: id)
        }
    }

    /// If a parent has made this process ignore SIGCHLD, the kernel keeps no exit status: waitpid(2).
    private static func keepEndedChildren() {
        var action = sigaction()
        guard unsafe sigaction(SIGCHLD, nil, &action) == 0 else { return }
        let isIgnored = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        if isIgnored { _ = Glibc.signal(SIGCHLD, SIG_DFL) }
    }

    /// The variables of this process except the hidden ones, byte for byte: they need not be valid text.
    private static func environment(hiding hidden: [String]) -> [UnsafeMutablePointer<CChar>?] {
        guard var next = unsafe clinux_environment() else { return unsafe [] }
        let prefixes = hidden.map { Array("\($0)=".utf8CString.dropLast()) }
        var kept: [UnsafeMutablePointer<CChar>?] = unsafe []
        while let variable = unsafe next.pointee {
            let isHidden = prefixes.contains { unsafe strncmp(variable, $0, $0.count) == 0 }
            if !isHidden { unsafe kept.append(variable) }
            unsafe next += 1
        }
        return unsafe kept
    }
}

/// Reaps processes that became children of this one because their parent ended.
///
/// This is the duty of process 1 of a container and of a subreaper (PR_SET_CHILD_SUBREAPER, prctl(2)). Nothing else
/// can do it, and each process that is not reaped keeps an entry of the process table.
package enum OrphanReaper {
    /// Whether orphans become children of this process.
    package static var isNeeded: Bool { getpid() == 1 || clinux_is_subreaper() != 0 }

    /// The next call reaps the rest.
    private static let maxOrphans = 10_000

    /// Reaps the orphans that have ended, and leaves the children of ``SpawnedProcess`` alone.
    package static func reap() {
        for _ in 0..<maxOrphans {
            let goesOn = SpawnedProcess.children.withLock { children in
                let ended = clinux_ended_child(WNOHANG)
                // The kernel reports the oldest first. If that is a child of ours, its thread is about to reap it.
                guard ended > 0, !children.contains(ended) else { return false }
                return waitpid(ended, nil, WNOHANG) == ended
            }
            guard goesOn else { return }
        }
    }
}
