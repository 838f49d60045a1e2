/// Estimates how many waits for a lock have ended, each with its thread taking the lock.
///
/// No counter of the interpreter has that number. A thread waits while another one holds the lock. So when it takes the
/// lock, the holder changes, and its last timed wait ends. But a thread that takes a free lock changes the holder, too, and
/// a timed wait may end at its limit (take_gil and drop_gil of Python/ceval_gil.c). The number lies between two limits,
/// whose middle counts:
///
/// - At most as many waits end as there are switches, and as timed waits that did not lead to a forced hand-off, which shows
///   that one ended at its limit. If the holder gets its CPU back only after the other thread has taken the lock, no hand-off
///   is counted, and this is too many.
/// - As many timed waits may have ended at their limit as the waiting time has switch intervals, one for each wait. If
///   holders drop the lock sooner, this leaves too few.
struct EndedWaits: Sendable {
    /// Timed waits of the threads that wait now which ended at their limit, and have not led to a forced hand-off yet.
    private var openRequests = 0
    /// Switch intervals of waiting time, without those that timed waits took which ended at their limit.
    private var intervals = 0.0
    private var hasHalf = false

    /// Waiting time is sampled, the counters are exact. Within this many intervals the two meet again.
    private static let maxIntervals = 50.0

    /// Adds what happened between two samples.
    ///
    /// - Parameters:
    ///   - timedWaits: timed waits that ended.
    ///   - waiting: threads that wait now.
    ///   - waited: waiting time in switch intervals.
    /// - Returns: the waits that ended.
    mutating func add(
        timedWaits: Int,
        switches: UInt64,
        handoffs: UInt64,
        waiting: Int,
        waited: Double
    ) -> UInt64 {
        let handoffs = Int(clamping: handoffs)
        // A request is followed by its hand-off soon, so it is older than the sample before only if its thread still waited.
        let requests = max(0, handoffs - openRequests)
        let most = min(Int(clamping: switches), max(0, timedWaits - requests))
        openRequests = min(max(0, openRequests + timedWaits - most - handoffs), waiting)

        intervals = min(intervals + waited, Self.maxIntervals)
        let expired = min(timedWaits / 2, max(0, Int(intervals)))
        let least = min(most, timedWaits - expired)
        intervals = max(intervals - Double(timedWaits - least), -Self.maxIntervals)

        let (waits, rest) = (most + least + (hasHalf ? 1 : 0)).quotientAndRemainder(dividingBy: 2)
        hasHalf = rest == 1
        return UInt64(waits)
    }
}
