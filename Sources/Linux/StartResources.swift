import CLinux
import Glibc

/// What a program needs beside a CPU. Swift's runtime and the libraries below it end the program by a trap, or wait in
/// silence, when a thread or memory is refused later; so what is needed is tried out at the start.
package struct StartResources: Sendable, Equatable {
    package let threads: Int
    /// Descriptors beside those that are open.
    package let descriptors: Int
    /// Address space beside what is mapped, and beside the stacks of `threads`.
    package let bytes: Int

    package init(threads: Int, descriptors: Int, bytes: Int) {
        self.threads = threads
        self.descriptors = descriptors
        self.bytes = bytes
    }

    /// Takes all of it at once and gives it back. Whatever other programs take afterwards can still be missing later.
    package func secure() throws(MissingResource) {
        try Self.readOwnThread()
        try openDescriptors()
        try Self.map(bytes, then: createThreads)
    }

    /// libdispatch, on whose threads tasks run, reads this file of its threads and traps where it cannot
    /// (src/event/workqueue.c, _dispatch_workq_count_runnable_workers). It is missing without /proc, and where /proc is
    /// that of another PID namespace.
    static func readOwnThread(proc: String = "/proc") throws(MissingResource) {
        // A /proc of another PID namespace has processes of the same numbers, process 1 above all.
        let own: String
        do throws(SystemError) {
            own = try SymbolicLink.target(of: "\(proc)/self")
        } catch {
            throw MissingResource(.proc, needed: 1, got: 0, code: error.code)
        }
        guard own == "\(getpid())" else { throw MissingResource(.proc, needed: 1, got: 0, code: ENOENT) }
        let descriptor = unsafe open("\(proc)/\(getpid())/task/\(clinux_gettid())/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw MissingResource(.proc, needed: 1, got: 0, code: errno) }
        close(descriptor)
    }

    private func openDescriptors() throws(MissingResource) {
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        for _ in 0..<descriptors {
            let descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else {
                // EINVAL: the limit is below the lowest number that was asked for, fcntl(2).
                throw MissingResource(.descriptors, needed: descriptors, got: opened.count, code: errno)
            }
            opened.append(descriptor)
        }
    }

    /// Memory is mapped and never touched: what is limited is the address space, getrlimit(2), and with
    /// vm.overcommit_memory=2 what is promised.
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
        // Nobody writes: the read ends when the other end is closed.
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
                    // Only a number: nothing of Swift's runtime runs on these threads.
                    _ = unsafe read(CInt(Int(bitPattern: gate)), &byte, 1)
                    return nil
                },
                UnsafeMutableRawPointer(bitPattern: Int(reader))
            )
            if code == 0 { handles.append(handle) }
        }
        // Asked before anything is given back.
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

    /// glibc makes EAGAIN of a stack that cannot be had as well (nptl/pthread_create.c), so look whether one can.
    private static func isOutOfAddresses() -> Bool {
        // Writable as a stack is: RLIMIT_DATA counts no other.
        let region = unsafe mmap(nil, stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard unsafe region != MAP_FAILED else { return true }
        unsafe munmap(region, stack)
        return false
    }

    private static let stack = 9 << 20
}

/// Something that the program cannot do without and does not get.
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
        // No limit gives these: a system call is refused, seccomp(2).
        let isRefusal = code == EPERM || code == ENOSYS
        let advice = isRefusal ? "allow its system calls in the seccomp filter of the container or sandbox" : remedy
        return "\(sentence): \(SystemError.message(code)); \(advice)"
    }
}
