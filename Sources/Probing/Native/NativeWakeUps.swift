import Linux
import Synchronization

/// The probe `latency` of the native runtime: one worker wakes up at deadlines and takes the lock, while the others count
/// down.
struct NativeWakeUps: Sendable {
    /// Wake-ups of each phase, at most.
    let count: Int
    /// A phase ends after this time in nanoseconds, even with fewer wake-ups; nil: only with all of them.
    let timeLimit: UInt64?
    /// Of the lock, in nanoseconds.
    let switchInterval: UInt64

    static let locks: [WakeUpLock] = [.shared, .none]

    struct Result {
        var phase: LatencyPhase
        var timing: NativePhase
    }

    /// Nanoseconds from one deadline to the next.
    private static let period: UInt64 = 1_000_000

    /// Turns between two looks at whether the phase has ended: about 30 µs.
    private static let turns: UInt64 = 100_000

    private static let wakingWorker = 0

    /// Runs a phase with the waking worker alone, and one for each kind of lock.
    func run(_ workers: Int) throws -> [Result] {
        [try run(.alone, workers: 1)] + (try Self.locks.map { try run($0, workers: workers) })
    }

    private func run(_ kind: WakeUpLock, workers: Int) throws -> Result {
        let shared = kind == .shared ? GlobalInterpreterLock(switchInterval: switchInterval) : nil
        let hasEnded = Flag()
        let delays = Protected<[UInt64]>([])
        let timing = try NativePhase.run(workers) { contender in
            // Without a shared lock each worker takes its own, so that the phases differ in nothing else.
            let lock = shared ?? GlobalInterpreterLock(switchInterval: switchInterval)
            lock.take(contender)
            defer { lock.drop(contender) }
            guard contender.number == Self.wakingWorker else {
                return countDown(until: hasEnded, under: lock, as: contender)
            }
            let measured = wakeUp(under: lock, as: contender)
            hasEnded.set()
            delays.withLock { $0 = measured }
            return 0
        }
        let phase = LatencyPhase(
            lock: kind,
            workers: workers,
            duration: timing.duration,
            delays: delays.withLock { $0 },
            runQueue: timing.records[Self.wakingWorker].runQueue
        )
        return Result(phase: phase, timing: timing)
    }

    /// The nanoseconds from each deadline to holding the lock, as a thread of an interpreter finds them that sleeps: it
    /// drops the lock, sleeps, and takes the lock again.
    private func wakeUp(under lock: GlobalInterpreterLock, as contender: LockContender) -> [UInt64] {
        var delays: [UInt64] = []
        delays.reserveCapacity(min(count, 1 << 16))
        let start = KernelClock.monotonic()
        var deadline = start + Self.period
        while true {
            lock.drop(contender)
            KernelClock.sleep(until: deadline)
            lock.take(contender)
            let now = KernelClock.monotonic()
            delays.append(now - min(now, deadline))
            if delays.count == count { break }
            if let timeLimit, now - start >= timeLimit { break }
            // Those that have passed meanwhile are skipped.
            deadline += (now - min(now, deadline)) / Self.period * Self.period + Self.period
        }
        return delays
    }

    private func countDown(
        until hasEnded: Flag,
        under lock: GlobalInterpreterLock,
        as contender: LockContender
    ) -> UInt64 {
        var done: UInt64 = 0
        while !hasEnded.isSet {
            Probing.countDown(Self.turns, under: lock, as: contender)
            done += Self.turns
        }
        return done
    }

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)

        var isSet: Bool { value.load(ordering: .relaxed) }

        func set() { value.store(true, ordering: .relaxed) }
    }
}
