import Linux
import Synchronization

/// Workers that start together at a barrier, once, and the readings of each.
struct NativePhase {
    /// Nanoseconds of CLOCK_MONOTONIC: the barrier opens when the last worker arrives.
    let start: UInt64
    /// Nanoseconds from there to the finish of the last worker.
    let duration: UInt64
    let records: [WorkerShare.Record]

    /// Runs `work` once in each worker, and returns when all have ended.
    ///
    /// - Parameter work: gets the worker as the lock sees it, and returns the iterations that it did.
    /// - Throws: ``SystemError`` when threads, processes or memory are not available; ``NativeWorkerError``.
    static func run(
        _ workers: Int,
        as kind: Probe.NativeWorkers = .threads,
        work: @escaping @Sendable (LockContender) -> UInt64
    ) throws -> NativePhase {
        let arena = try WorkerArena(workers: workers)
        let share: @Sendable (Int) -> Void = { worker in
            let contender = LockContender(number: worker)
            arena[worker] = WorkerShare.run(as: contender, in: arena) { work(contender) }
        }
        switch kind {
        case .threads: try WorkerThreads.run(workers, share)
        case .processes: try WorkerProcesses.run(workers, share)
        case .unavailable(let reason): throw JobRefusal(reason)
        }
        return NativePhase(arena.records())
    }

    private init(_ records: [WorkerShare.Record]) {
        self.records = records
        start = records.reduce(0) { max($0, $1.arrival) }
        duration = records.reduce(start) { max($0, $1.finish) } - start
    }

    /// Of all workers, in their order.
    var ledgers: [TimeLedger] { records.map { $0.ledger(start: start) } }
}

extension [NativePhase] {
    /// Nanoseconds that all phases took.
    var duration: UInt64 { reduce(0) { $0 + $1.duration } }

    /// The ledgers of the workers, each summed over the phases that had this worker. There is at least one phase.
    var ledgers: [TimeLedger] {
        reduce(into: []) { sums, phase in
            for (worker, ledger) in phase.ledgers.enumerated() {
                if worker < sums.count { sums[worker] = sums[worker] + ledger } else { sums.append(ledger) }
            }
        }
    }
}

/// Counts down. Every native probe runs this loop; without contention the request never comes.
///
/// `@inline(never)`: one copy of the machine code for all probes, so that they differ only in the lock. CPython does the
/// same relaxed load on each backward jump, and it keeps the optimizer from deleting the loop.
@inline(never)
func countDown(_ iterations: UInt64, under lock: GlobalInterpreterLock, as contender: LockContender) {
    var n = iterations
    while n > 0 {
        if lock.dropRequest.load(ordering: .relaxed) {
            lock.yield(contender)
        }
        n -= 1
    }
}
