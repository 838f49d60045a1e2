import CLinux
import Glibc
package import Linux
import Synchronization

/// The process between the exporter and a worker. It leaves nothing of a worker behind.
///
/// A process can leave a process group with setpgid(2), and a tree of processes when its parent ends. But as a subreaper
/// (prctl(2), PR_SET_CHILD_SUBREAPER) this process becomes the parent of every orphaned descendant, so the worker's
/// processes are exactly its children and their descendants. The exporter then need not distinguish them from other
/// children, which matters where it is process 1.
package enum WorkerSupervisor {
    /// The process that the signal handler kills; 0 for none.
    private static let worker = Atomic<pid_t>(0)
    private static let isAskedToEnd = Atomic<Bool>(false)

    /// Time between the end of the worker and the kill of its descendants. multiprocessing's resource tracker, which
    /// outlives its process, needs it to remove semaphores from /dev/shm.
    private static let grace: UInt64 = 100_000_000
    /// Time after which the supervisor gives up on descendants that it cannot kill.
    private static let patience: UInt64 = 2_000_000_000

    /// Forks, and returns in the child. The parent, the supervisor, never returns: after the end of all descendants it
    /// exits as the child did. A SIGTERM, which the kernel also sends it when its own parent ends, makes it kill all.
    ///
    /// - Parameter parent: the process that started this one.
    package static func split(parent: CInt) throws(SystemError) {
        // In its own group: an interrupt from the terminal is for the exporter.
        setpgid(0, 0)
        WorkerProcess.restoreSignals()
        WorkerProcess.leaveNoCore()
        // Threads of the daemon may run before others.
        _ = clinux_forbid_precedence()
        for number in [SIGTERM, SIGINT, SIGHUP] { _ = signal(number, endWorker) }
        _ = clinux_become_subreaper()
        WorkerProcess.end(with: parent, by: SIGTERM)
        let supervisor = getpid()
        let child = clinux_fork()
        guard child >= 0 else { throw SystemError("fork") }
        guard child > 0 else {
            setpgid(0, 0)
            WorkerProcess.end(with: supervisor, by: SIGKILL)
            return
        }
        worker.store(child, ordering: .sequentiallyConsistent)
        if isAskedToEnd.load(ordering: .sequentiallyConsistent) { kill(child, SIGKILL) }
        supervise(child)
    }

    /// Calls only functions that are allowed in a handler: signal-safety(7).
    private static let endWorker: @convention(c) (CInt) -> Void = { _ in
        isAskedToEnd.store(true, ordering: .sequentiallyConsistent)
        let child = worker.load(ordering: .sequentiallyConsistent)
        if child > 0 { kill(child, SIGKILL) }
    }

    private static func supervise(_ child: pid_t) -> Never {
        var ended: pid_t
        repeat {
            ended = clinux_ended_child(0)
            // An orphan.
            if ended > 0, ended != child { _ = waitpid(ended, nil, 0) }
        } while ended != child && (ended >= 0 || errno == EINTR)
        worker.store(0, ordering: .sequentiallyConsistent)
        let began = KernelClock.monotonic()
        if Descendants(of: child) == nil {
            // Without /proc only the group is known, until the worker is reaped.
            KernelClock.sleep(until: began + grace)
            kill(-child, SIGKILL)
        }
        var status: CInt = 0
        var reaped: pid_t
        repeat { reaped = unsafe waitpid(child, &status, 0) } while reaped < 0 && errno == EINTR
        let areLeft = !endDescendants(of: child, began: began)
        if areLeft {
            try? StandardStream.error.write("gil-exporter worker: the worker left processes that cannot be killed\n")
            _exit(EXIT_FAILURE)
        }
        end(as: reaped == child ? SpawnedProcess.Ending(waitStatus: status) : .unknown)
    }

    /// Waits for the descendants for a while, then kills the remaining ones.
    ///
    /// - Returns: whether all have ended.
    private static func endDescendants(of worker: pid_t, began: UInt64) -> Bool {
        while true {
            var reaped: pid_t
            repeat { reaped = waitpid(-1, nil, WNOHANG) } while reaped > 0
            // ECHILD: no children are left, and so no descendants.
            if reaped < 0 && errno == ECHILD { return true }
            let now = KernelClock.monotonic()
            if now >= began + grace { Descendants(of: worker)?.kill() }
            if now >= began + patience { return false }
            KernelClock.sleep(until: now + 2_000_000)
        }
    }

    /// Ends this process as the worker ended, as a shell does.
    private static func end(as ending: SpawnedProcess.Ending) -> Never {
        switch ending {
        case .exited(let status):
            _exit(status)
        case .signaled(let number):
            _ = signal(number, SIG_DFL)
            kill(getpid(), number)
            // kill(2) delivers it before it returns, unless another thread takes it: then soon.
            KernelClock.sleep(until: KernelClock.monotonic() + 1_000_000_000)
            _exit(128 + number)
        case .unknown:
            _exit(EXIT_FAILURE)
        }
    }
}

/// The children of this process: all of them descend from a worker that has ended.
private struct Descendants {
    private let worker: pid_t
    private var children: [(id: pid_t, stat: ProcessStat)] = []
    private let session = getsid(0)

    /// Nil where /proc cannot be read, or shows another namespace, whose numbers mean other processes here.
    init?(of worker: pid_t) {
        self.worker = worker
        let this = getpid()
        guard (try? SymbolicLink.target(of: "/proc/self")) == "\(this)" else { return nil }
        guard let stream = unsafe opendir("/proc") else { return nil }
        defer { unsafe closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let id = pid_t(name), let content = try? ProcFile.read("/proc/\(name)/stat"),
                let stat = ProcessStat(parsing: content)
            else { continue }
            if stat.parent == this { children.append((id, stat)) }
        }
    }

    /// Kills them. Their own children become children of this process, for the next call. Only this process reaps its
    /// children, so their numbers cannot have been reused, as those of grandchildren could.
    func kill() {
        for child in children {
            Glibc.kill(child.id, SIGKILL)
            // A group dies in one step, however fast it forks. Its number is valid while it has a member. In the
            // exporter's session, a process may have joined a group that is not the worker's.
            if child.stat.group == worker || child.stat.session != session { Glibc.kill(-child.stat.group, SIGKILL) }
        }
    }
}
