/// Finds the holds of one lock that last long while other threads wait.
///
/// A thread that waits for a switch interval asks the holder to drop the lock, and the holder does so before its next
/// Python instruction or two (Python/ceval_gil.c). So a thread that keeps the lock for longer than two intervals while
/// another one waits runs code in C that does not release it.
///
/// A hold is recognised by its holder and the number of switches. While both are the same, each thread that waited at an
/// earlier sample waits still: taking the lock would be a switch. So a hold that was seen for the minimum has lasted for it.
///
/// Time in which the holder wanted a CPU and had none does not count: on a busy host, or with a quota, any code holds the
/// lock for long.
struct LongHolds: Sendable {
    private struct Hold {
        let holder: UInt64
        let switches: UInt64
        /// When it was first seen with a thread that waits.
        let since: UInt64
        /// The holder when the hold was first seen again; nil before, or if nothing is known of the thread.
        var progress: (now: ThreadProgress, at: UInt64)?
        /// Nanoseconds for which the holder had no CPU.
        var starved: UInt64 = 0
        /// Nanoseconds that are not counted yet.
        var pending: UInt64 = 0
        var isLong = false

        func isContinued(by state: GILState) -> Bool {
            holder == state.lastHolder && switches == state.switches
        }
    }

    /// Nanoseconds. Shorter delays are what a process with several busy threads has anyway.
    private static let minimum: UInt64 = 50_000_000

    private var current: Hold?

    /// Whether a state continues a hold while other threads wait. Then ``add(_:_:at:holder:)`` wants to know of the holder.
    func isContinued(by state: GILState) -> Bool { Self.isWaitedFor(state) && current?.isContinued(by: state) == true }

    private static func isWaitedFor(_ state: GILState) -> Bool {
        state.isHeld && state.contenders?.waitingThreads ?? 0 > 0
    }

    /// Adds a sample.
    ///
    /// - Parameters:
    ///   - elapsed: nanoseconds that the sample stands for: those since the sample before.
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    ///   - holder: nil if nothing is known of the thread. Then it is taken to have a CPU.
    /// - Returns: the holds that have become long, and the nanoseconds of long holds that were not counted before.
    mutating func add(
        _ state: GILState,
        _ elapsed: UInt64,
        at now: UInt64,
        holder: ThreadProgress? = nil
    ) -> (holds: UInt64, nanoseconds: UInt64) {
        guard Self.isWaitedFor(state) else {
            current = nil
            return (0, 0)
        }
        if current?.isContinued(by: state) != true {
            current = Hold(holder: state.lastHolder, switches: state.switches, since: now)
        }
        guard var hold = current else { return (0, 0) }
        let starved = holder.flatMap { holder in
            hold.progress.map { holder.starved(since: $0.now, in: now - min($0.at, now)) }
        }
        hold.progress = holder.map { ($0, now) } ?? hold.progress
        hold.starved += starved ?? 0
        hold.pending += elapsed - min(elapsed, starved ?? 0)
        defer { current = hold }
        let intervals = state.switchInterval.multipliedReportingOverflow(by: 2000)
        let lasted = now - min(hold.since, now)
        guard !intervals.overflow, lasted - min(lasted, hold.starved) >= max(Self.minimum, intervals.partialValue)
        else {
            return (0, 0)
        }
        defer { (hold.pending, hold.isLong) = (0, true) }
        return (hold.isLong ? 0 : 1, hold.pending)
    }

    /// Forgets the hold, because its lock was not looked at for too long.
    mutating func interrupt() { current = nil }
}
