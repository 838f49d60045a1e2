import CLinux
import Glibc
import Linux

/// Memory that the workers of one run share, threads and processes alike: a barrier, and the record of each worker.
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
        for worker in 0..<workers { self[worker] = WorkerShare.Record() }
    }

    deinit { unsafe munmap(base, size) }

    /// Waits until all workers have arrived.
    func awaitAll() { unsafe pthread_barrier_wait(barrier) }

    /// The record of one worker. Each worker writes only its own; they are read after all have ended.
    subscript(worker: Int) -> WorkerShare.Record {
        get { unsafe record(worker).pointee }
        set { unsafe record(worker).pointee = newValue }
    }

    /// All records, in the order of the workers.
    func records() -> [WorkerShare.Record] { (0..<workers).map { self[$0] } }

    private static var recordsOffset: Int {
        let alignment = MemoryLayout<WorkerShare.Record>.alignment
        return (MemoryLayout<pthread_barrier_t>.size + alignment - 1) / alignment * alignment
    }

    private var barrier: UnsafeMutablePointer<pthread_barrier_t> {
        unsafe base.assumingMemoryBound(to: pthread_barrier_t.self)
    }

    private func record(_ worker: Int) -> UnsafeMutablePointer<WorkerShare.Record> {
        precondition((0..<workers).contains(worker))
        return unsafe (base + Self.recordsOffset).assumingMemoryBound(to: WorkerShare.Record.self) + worker
    }
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
