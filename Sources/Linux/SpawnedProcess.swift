import CLinux
import Glibc

/// A child process: started by posix_spawn(3), awaited and reaped by a thread of its own.
///
/// It has no process descriptor on purpose: pidfd_open(2) is missing before Linux 5.3, and container runtimes of before
/// 2021 refuse it.
package final class SpawnedProcess: Sendable {
    package enum Ending: Sendable, Equatable {
        case exited(CInt)
        case signaled(CInt)
        /// Somebody else has reaped it.
        case unknown
    }

    /// What is started, and with what.
    package struct Plan: Sendable {
        var program: String
        var words: [String]
        var hidden: [String]
        var descriptors: [CInt]

        /// - Parameters:
        ///   - program: the path of the file to be executed.
        ///   - words: its arguments, the first of which is its own name.
        ///   - hidden: environment variables that it does not inherit; it does all others.
        ///   - descriptors: what it finds as its descriptors from 0 on; there are no others.
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

    /// Starts a process. Its signals are as a shell has them: none blocked, none ignored.
    ///
    /// The thread that starts it lives until it is reaped, so a PR_SET_PDEATHSIG of the child, which is tied to that
    /// thread, is sent only when this whole process ends.
    package static func start(_ plan: Plan) async throws -> SpawnedProcess {
        try await withCheckedThrowingContinuation { (started: CheckedContinuation<SpawnedProcess, any Error>) in
            do {
                let thread = try POSIXThread(name: "child") {
                    // The daemon may read every process of the host (CAP_SYS_PTRACE); no worker needs to. Ambient
                    // capabilities are a thread's, and what it starts gets those that it has left: capabilities(7).
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

    /// Sends a signal, unless the process has been reaped and its number may be another one's by now.
    package func signal(_ number: CInt) {
        state.withLock { if !$0.isReaped { kill(id, number) } }
    }

    /// Whether it has ended, reaped or not.
    package var hasEnded: Bool { state.withLock { $0.isReaped || clinux_has_ended(id) != 0 } }

    /// How it ended, as soon as it has. Not ended by the cancellation of the task.
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

    /// Returns when the process has ended, without reaping it, waitid(2): so long nobody else is given its number.
    private func awaitEnd() {
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno != ECHILD {
            guard errno == EINTR else {
                // Refused: look again a little later.
                KernelClock.sleep(until: KernelClock.monotonic() + 10_000_000)
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

    /// Those that are not to be reaped by ``OrphanReaper``. Locked while one is started or reaped, so that it never
    /// sees one that is not listed.
    static let children = Protected(Set<pid_t>())
}

extension SpawnedProcess.Ending {
    /// Reads what wait(2) gives: its macros WIFEXITED, WEXITSTATUS and WTERMSIG, which Swift does not see.
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

    /// A parent may have this process ignore SIGCHLD, and the kernel then keeps no exit status: waitpid(2).
    private static func keepEndedChildren() {
        var action = sigaction()
        guard unsafe sigaction(SIGCHLD, nil, &action) == 0 else { return }
        let isIgnored = unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        if isIgnored { _ = Glibc.signal(SIGCHLD, SIG_DFL) }
    }

    /// The variables of this process but some, as they are: they need not be text.
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
