import CLinux
import Glibc
import Linux
import Synchronization

/// Memory that the workers of one run share, threads and processes alike: two barriers, and the record of each worker.
///
/// At the first barrier workers sleep until all others exist. A worker that wakes up needs up to 100 µs for that, longer
/// than some runs take; therefore all meet again at a second one, awake, and begin within a microsecond.
@safe final class WorkerArena: Sendable {
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer
    private let size: Int
    private let workers: Int

    init(workers: Int) throws(SystemError) {
        self.workers = workers
        size = Self.recordsOffset + workers * MemoryLayout<WorkerShare.Record>.stride
        guard
            let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
            unsafe address != MAP_FAILED
        else { throw SystemError("mmap of \(size) bytes for \(workers) workers") }
        unsafe base = address
        var attributes = pthread_barrierattr_t()
        unsafe pthread_barrierattr_init(&attributes)
        unsafe pthread_barrierattr_setpshared(&attributes, CInt(PTHREAD_PROCESS_SHARED))
        let code = unsafe pthread_barrier_init(barrier, &attributes, UInt32(workers))
        guard code == 0 else { throw SystemError("pthread_barrier_init", code: code) }
        unsafe awake.initialize(to: Atomic(0))
        for worker in 0..<workers { self[worker] = WorkerShare.Record() }
    }

    deinit { unsafe munmap(base, size) }

    /// Sleeps until all workers exist.
    func gather() { unsafe pthread_barrier_wait(barrier) }

    /// Waits, awake, until all workers are awake; for long only where there are fewer CPUs than workers.
    func awaitAll() {
        unsafe awake.pointee.add(1, ordering: .relaxed)
        var turns = 0
        while unsafe awake.pointee.load(ordering: .relaxed) < workers {
            turns += 1
            // Some worker has no CPU: it may need that of this one.
            if turns > Self.patience { KernelClock.sleep(until: KernelClock.monotonic() + Self.pause) }
        }
    }

    /// Turns of about 1 ns.
    private static let patience = 100_000
    /// Nanoseconds.
    private static let pause: UInt64 = 50_000

    /// The record of one worker. Each worker writes only its own; they are read after all have ended.
    subscript(worker: Int) -> WorkerShare.Record {
        get { unsafe record(worker).pointee }
        set { unsafe record(worker).pointee = newValue }
    }

    /// All records, in the order of the workers.
    func records() -> [WorkerShare.Record] { (0..<workers).map { self[$0] } }

    private static let awakeOffset = MemoryLayout<pthread_barrier_t>.size
        .multiple(of: MemoryLayout<Atomic<Int>>.alignment)
    private static let recordsOffset = (awakeOffset + MemoryLayout<Atomic<Int>>.size)
        .multiple(of: MemoryLayout<WorkerShare.Record>.alignment)

    private var barrier: UnsafeMutablePointer<pthread_barrier_t> {
        unsafe base.assumingMemoryBound(to: pthread_barrier_t.self)
    }

    /// How many workers are awake.
    private var awake: UnsafeMutablePointer<Atomic<Int>> {
        unsafe (base + Self.awakeOffset).assumingMemoryBound(to: Atomic<Int>.self)
    }

    private func record(_ worker: Int) -> UnsafeMutablePointer<WorkerShare.Record> {
        precondition((0..<workers).contains(worker))
        return unsafe (base + Self.recordsOffset).assumingMemoryBound(to: WorkerShare.Record.self) + worker
    }
}

extension Int {
    /// The smallest multiple of `unit` that is not smaller than this number.
    fileprivate func multiple(of unit: Int) -> Int { (self + unit - 1) / unit * unit }
}

/// Runs a body once for every worker, each on a thread.
enum WorkerThreads {
    /// Returns when all have ended. If a thread cannot be created, the others wait at a barrier for it for ever: then the
    /// caller must end the process.
    static func run(_ workers: Int, _ body: @escaping @Sendable (Int) -> Void) throws(SystemError) {
        try run(0..<workers, body)
    }

    private static func run(_ remaining: Range<Int>, _ body: @escaping @Sendable (Int) -> Void) throws(SystemError) {
        guard let worker = remaining.first else { return }
        let thread = try POSIXThread(name: "worker-\(worker)") { body(worker) }
        try run(remaining.dropFirst(), body)
        thread.join()
    }
}

/// Runs a body once for every worker, each in a forked process.
enum WorkerProcesses {
    /// Returns when all have succeeded. The calling process must have only one thread, fork(2).
    static func run(_ workers: Int, _ body: (Int) -> Void) throws {
        let parent = getpid()
        var children: [pid_t] = []
        for worker in 0..<workers {
            let child = clinux_fork()
            guard child >= 0 else {
                let error = SystemError("fork of worker \(worker + 1) of \(workers)")
                children.forEach { kill($0, SIGKILL) }
                throw error
            }
            if child == 0 {
                WorkerProcess.end(with: parent, by: SIGKILL)
                body(worker)
                _exit(EXIT_SUCCESS)
            }
            children.append(child)
        }
        for _ in children {
            var status: CInt = 0
            let ended = unsafe waitpid(-1, &status, 0)
            guard ended > 0 else { throw SystemError("waitpid") }
            guard status == 0 else {
                // The others may be waiting at the barrier for it.
                children.filter { $0 != ended }.forEach { kill($0, SIGKILL) }
                throw NativeWorkerError.workerDied(waitStatus: status)
            }
        }
    }
}
