import CLinux
import Glibc
import Linux
import Synchronization

/// Memory that the workers of one run share, threads and processes alike: a meeting point, and the record of each worker.
///
/// The shortest runs take less than a millisecond. A worker that sleeps until the others exist needs up to 100 µs to wake
/// up, and often does so on the CPU of another one, where the kernel may leave both for several timer ticks. So, where
/// there are CPUs for all, workers wait awake until all run at the same time, and only then read their clocks and begin.
@safe final class WorkerArena: Sendable {
    /// What the workers meet at.
    private struct Meeting: ~Copyable {
        /// The calls so far; after the last one ``isOver``.
        let call = Atomic<Int>(0)
        /// Workers that answered the newest call.
        let answers = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
        /// Workers that have read their clocks.
        let ready = Atomic<Int>(0)
    }

    private nonisolated(unsafe) let base: UnsafeMutableRawPointer
    private let size: Int
    private let workers: Int
    private let hasCPUs: Bool

    init(workers: Int) throws(SystemError) {
        self.workers = workers
        hasCPUs = workers <= ((try? Affinity.ofCallingThread().count) ?? 1)
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
        unsafe meeting.initialize(to: Meeting())
        for worker in 0..<workers { self[worker] = WorkerShare.Record() }
    }

    deinit { unsafe munmap(base, size) }

    /// Waits until all workers exist and, where there are CPUs for all, run at the same time.
    func gather(_ worker: Int) {
        guard hasCPUs else {
            unsafe pthread_barrier_wait(barrier)
            return
        }
        if worker == 0 { callAll() } else { answer() }
    }

    /// Calls the others until all answer at once, which they can only do while they run, or gives up.
    private func callAll() {
        let end = KernelClock.monotonic() + Self.patience
        var now = KernelClock.monotonic()
        var calls = 0
        repeat {
            calls += 1
            // A thread that wakes up is put on an idle CPU. One that only runs stays where others wait for its CPU.
            if calls.isMultiple(of: Self.callsBetweenPauses) { KernelClock.sleep(until: now + Self.pause) }
            unsafe meeting.pointee.answers.store(0, ordering: .relaxed)
            unsafe meeting.pointee.call.add(1, ordering: .releasing)
            let limit = now + Self.promptness
            repeat {
                now = KernelClock.monotonic()
                if unsafe meeting.pointee.answers.load(ordering: .relaxed) == workers - 1 {
                    now = end
                    break
                }
            } while now < limit
        } while now < end
        unsafe meeting.pointee.isOver.store(true, ordering: .releasing)
    }

    private func answer() {
        var answered = 0
        while unsafe !meeting.pointee.isOver.load(ordering: .relaxed) {
            let call = unsafe meeting.pointee.call.load(ordering: .acquiring)
            if call != answered {
                answered = call
                unsafe meeting.pointee.answers.add(1, ordering: .relaxed)
            }
        }
    }

    /// Waits, awake, until all workers have read their clocks; for long only where there are fewer CPUs than workers.
    func awaitAll() {
        unsafe meeting.pointee.ready.add(1, ordering: .relaxed)
        var turns = 0
        while unsafe meeting.pointee.ready.load(ordering: .relaxed) < workers {
            turns += 1
            // Some worker has no CPU: it may need that of this one.
            if turns > Self.turns { KernelClock.sleep(until: KernelClock.monotonic() + Self.pause) }
        }
    }

    // In nanoseconds.

    private static let patience: UInt64 = 6_000_000
    /// Enough for all to see a call, too short for a thread to get a CPU.
    private static let promptness: UInt64 = 10_000
    private static let pause: UInt64 = 50_000
    private static let callsBetweenPauses = 20
    /// About 100 µs.
    private static let turns = 100_000

    /// The record of one worker. Each worker writes only its own; they are read after all have ended.
    subscript(worker: Int) -> WorkerShare.Record {
        get { unsafe record(worker).pointee }
        set { unsafe record(worker).pointee = newValue }
    }

    /// All records, in the order of the workers.
    func records() -> [WorkerShare.Record] { (0..<workers).map { self[$0] } }

    private static let meetingOffset = MemoryLayout<pthread_barrier_t>.size
        .multiple(of: MemoryLayout<Meeting>.alignment)
    private static let recordsOffset = (meetingOffset + MemoryLayout<Meeting>.size)
        .multiple(of: MemoryLayout<WorkerShare.Record>.alignment)

    private var barrier: UnsafeMutablePointer<pthread_barrier_t> {
        unsafe base.assumingMemoryBound(to: pthread_barrier_t.self)
    }

    private var meeting: UnsafeMutablePointer<Meeting> {
        unsafe (base + Self.meetingOffset).assumingMemoryBound(to: Meeting.self)
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
            var ended: pid_t
            repeat { ended = unsafe waitpid(-1, &status, 0) } while ended < 0 && errno == EINTR
            guard ended > 0 else { throw SystemError("waitpid") }
            guard status == 0 else {
                // The others may be waiting at the barrier for it.
                children.filter { $0 != ended }.forEach { kill($0, SIGKILL) }
                throw NativeWorkerError.workerDied(waitStatus: status)
            }
        }
    }
}
