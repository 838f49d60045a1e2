import Glibc
import Linux

/// Memory that the workers of one probe share, threads and processes alike: a barrier, and a place for each one's
/// record.
@safe final class WorkerArena: Sendable {
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer
    private let size: Int
    private let workers: Int

    init(workers: Int) throws(SystemError) {
        self.workers = workers
        size = Self.recordsOffset + workers * MemoryLayout<CountdownShare.Record>.stride
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
        for worker in 0..<workers { self[worker] = CountdownShare.Record() }
    }

    deinit { unsafe munmap(base, size) }

    /// Waits until all workers have come here, then lets all go.
    func awaitAll() { unsafe pthread_barrier_wait(barrier) }

    /// The record of one worker. Each writes only its own, and they are read when all have ended.
    subscript(worker: Int) -> CountdownShare.Record {
        get { unsafe record(worker).pointee }
        set { unsafe record(worker).pointee = newValue }
    }

    /// All records, in the order of the workers.
    func records() -> [CountdownShare.Record] { (0..<workers).map { self[$0] } }

    private static var recordsOffset: Int {
        let alignment = MemoryLayout<CountdownShare.Record>.alignment
        return (MemoryLayout<pthread_barrier_t>.size + alignment - 1) / alignment * alignment
    }

    private var barrier: UnsafeMutablePointer<pthread_barrier_t> {
        unsafe base.assumingMemoryBound(to: pthread_barrier_t.self)
    }

    private func record(_ worker: Int) -> UnsafeMutablePointer<CountdownShare.Record> {
        precondition((0..<workers).contains(worker))
        return unsafe (base + Self.recordsOffset).assumingMemoryBound(to: CountdownShare.Record.self) + worker
    }
}
