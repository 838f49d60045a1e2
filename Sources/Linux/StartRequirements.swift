import CLinux
import Glibc

/// Threads, descriptors and memory that the program needs. When one of these is refused later, Swift's runtime and the
/// libraries below it end the program by a trap, or wait silently. So the program tries them out at the start.
package struct StartResources: Sendable, Equatable {
    package let threads: Int
    /// Descriptors in addition to the open ones.
    package let descriptors: Int
    /// Address space in addition to what is mapped and to the stacks of `threads`.
    package let bytes: Int

    package init(threads: Int, descriptors: Int, bytes: Int) {
        self.threads = threads
        self.descriptors = descriptors
        self.bytes = bytes
    }

    /// Allocates all of it at once and frees it again. Other programs may still take it later.
    package func check() throws(MissingResource) {
        try Self.readOwnThread()
        try openDescriptors()
        try Self.map(bytes, then: createThreads)
    }

    /// libdispatch, whose threads run tasks, reads this file of each of its threads, and traps where it cannot
    /// (src/event/workqueue.c, _dispatch_workq_count_runnable_workers). The file is missing without /proc, and where
    /// /proc belongs to another PID namespace.
    static func readOwnThread(proc: String = "/proc") throws(MissingResource) {
        // In a /proc of another PID namespace other processes have the same numbers, process 1 above all.
        let own: String
        do throws(SystemError) {
            own = try SymbolicLink.target(of: "\(proc)/self")
        } catch {
            throw MissingResource(.proc, needed: 1, got: 0, code: error.code)
        }
        guard own == "\(getpid())" else { throw MissingResource(.proc, needed: 1, got: 0, code: ENOENT) }
        guard OwnedDescriptor(at: "\(proc)/\(getpid())/task/\(clinux_gettid())/stat") != nil else {
            throw MissingResource(.proc, needed: 1, got: 0, code: errno)
        }
    }

    private func openDescriptors() throws(MissingResource) {
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        for _ in 0..<descriptors {
            let descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else {
                // EINVAL: the limit is below the lowest requested number, fcntl(2).
                throw MissingResource(.descriptors, needed: descriptors, got: opened.count, code: errno)
            }
            opened.append(descriptor)
        }
    }

    /// The memory is mapped and never touched: the limits are on address space, getrlimit(2), and with
    /// vm.overcommit_memory=2 on promised memory.
    private static func map(
        _ bytes: Int,
        then body: () throws(MissingResource) -> Void
    ) throws(MissingResource) {
        let region = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard unsafe region != MAP_FAILED else {
            throw MissingResource(.addressSpace, needed: bytes, got: 0, code: errno)
        }
        defer { unsafe munmap(region, bytes) }
        try body()
    }

    private func createThreads() throws(MissingResource) {
        // Nothing is written: the reads end when the other end is closed.
        var gate: [CInt] = [-1, -1]
        guard unsafe pipe(&gate) == 0 else {
            throw MissingResource(.descriptors, needed: descriptors, got: 0, code: errno)
        }
        let reader = gate[0]
        var handles: [pthread_t] = []
        var code: CInt = 0
        while handles.count < threads, code == 0 {
            var handle = pthread_t()
            code = unsafe pthread_create(
                &handle,
                nil,
                { gate in
                    var byte: UInt8 = 0
                    // Only a number is passed, so nothing of Swift's runtime runs on these threads.
                    _ = unsafe read(CInt(Int(bitPattern: gate)), &byte, 1)
                    return nil
                },
                UnsafeMutableRawPointer(bitPattern: Int(reader))
            )
            if code == 0 { handles.append(handle) }
        }
        // Check this before anything is freed.
        let kind = code != 0 && Self.isOutOfAddresses() ? MissingResource.Kind.addressSpace : .threads
        close(gate[1])
        for handle in handles { pthread_join(handle, nil) }
        close(reader)
        guard code == 0 else {
            throw MissingResource(
                kind,
                needed: threads,
                got: handles.count,
                code: kind == .addressSpace ? ENOMEM : code
            )
        }
    }

    /// glibc reports a stack that cannot be mapped as EAGAIN, too (nptl/pthread_create.c), so check whether one can.
    private static func isOutOfAddresses() -> Bool {
        // Writable like a stack: RLIMIT_DATA counts only writable memory.
        let region = unsafe mmap(nil, stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard unsafe region != MAP_FAILED else { return true }
        unsafe munmap(region, stack)
        return false
    }

    private static let stack = 9 << 20
}

/// A resource that the program needs and does not get.
package struct MissingResource: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        case threads
        case descriptors
        case addressSpace
        /// The file system of that name: proc(5).
        case proc
    }

    package let kind: Kind
    let needed: Int
    let got: Int
    package let code: CInt

    init(_ kind: Kind, needed: Int, got: Int, code: CInt) {
        self.kind = kind
        self.needed = needed
        self.got = got
        self.code = code
    }

    package var description: String {
        let (sentence, remedy) =
            switch kind {
            case .proc:
                ("cannot start without /proc", "mount it for this PID namespace: mount -t proc proc /proc")
            case .threads:
                (
                    "cannot start with \(got) of \(needed) threads",
                    "raise RLIMIT_NPROC (ulimit -u, LimitNPROC=) or the cgroup's pids.max (TasksMax=)"
                )
            case .descriptors:
                (
                    "cannot start with \(got) of \(needed) further file descriptors",
                    "raise RLIMIT_NOFILE (ulimit -n, LimitNOFILE=)"
                )
            case .addressSpace:
                (
                    "cannot start: too little address space",
                    "raise RLIMIT_AS (ulimit -v, LimitAS=) and RLIMIT_DATA (ulimit -d, LimitDATA=)"
                )
            }
        // No limit causes these errors: a filter refuses a system call, seccomp(2).
        let isRefusal = code == EPERM || code == ENOSYS
        let advice = isRefusal ? "allow its system calls in the seccomp filter of the container or sandbox" : remedy
        return "\(sentence): \(SystemError.message(code)); \(advice)"
    }
}

/// System calls whose failure the libraries of this program do not report: they trap, abort or wait for ever. They are
/// those of threads, event loops, clocks and random numbers, and a filter may refuse them, seccomp(2).
package enum RequiredSystemCalls {
    /// Makes each of them once. Call it before anything else: Dispatch needs them for the first asynchronous call.
    package static func check() throws(MissingSystemCall) {
        try unsafe check(clinux_missing_system_call)
    }

    /// The same for the calls of a server, which other commands do not need.
    package static func checkServer() throws(MissingSystemCall) {
        try unsafe check(clinux_missing_server_call)
    }

    /// Opens what Dispatch needs when no descriptor is left, or /proc is gone. Call it before the first asynchronous call:
    /// within a second Dispatch looks for its threads.
    package static func prepareDispatch() { clinux_open_empty_file() }

    private static func check(_ missing: () -> UnsafePointer<CChar>?) throws(MissingSystemCall) {
        guard let name = unsafe missing() else { return }
        let code = errno
        throw unsafe MissingSystemCall(name: String(cString: name), code: code)
    }
}

/// A system call that the program needs fails.
package struct MissingSystemCall: Error, Equatable, CustomStringConvertible {
    let name: String
    package let code: CInt

    package var description: String {
        let failure = "the system call \(name) fails: \(SystemError.message(code))"
        return switch code {
        case EPERM, EACCES, ENOSYS:
            "\(failure); gil-exporter cannot run without it, so allow it in the seccomp filter of the container or "
                + "sandbox"
        case EAGAIN, EMFILE, ENFILE, ENOMEM:
            "\(failure); gil-exporter needs more threads, descriptors or memory: see the limits of its user, service "
                + "or container"
        default:
            failure
        }
    }
}
