/// What happened to one lock in the last half minute. Each sample costs the same, and nothing is allocated.
///
/// Time is added to the newest of seven slots of five seconds. When it is full, the oldest is emptied and takes its place,
/// so the slots together hold the last 30 to 35 seconds in which the lock was sampled, or the last seven samples of a process
/// that rests for longer than a slot.
struct RecentUse: Sendable {
    /// Nanoseconds. Waiting threads are added up, and a `Double` does not overflow.
    private struct Slot {
        var observed: UInt64 = 0
        var held: UInt64 = 0
        var waited = 0.0
    }

    private static let slotLength: UInt64 = 5_000_000_000
    private static let window: UInt64 = 30_000_000_000

    private var slots = InlineArray<7, Slot>(repeating: Slot())
    private var newest = 0
    private var sum = Slot()

    /// Adds the time for which one sample stands: at most a slot, so that one sample of a process that rests for longer does
    /// not decide about the whole half minute.
    mutating func add(_ nanoseconds: UInt64, isHeld: Bool, waiting: Int) {
        let nanoseconds = min(nanoseconds, Self.slotLength)
        if slots[newest].observed >= Self.slotLength {
            newest = (newest + 1) % slots.count
            let oldest = slots[newest]
            sum.observed -= oldest.observed
            sum.held -= oldest.held
            sum.waited -= oldest.waited
            slots[newest] = Slot()
        }
        let held = isHeld ? nanoseconds : 0
        let waited = Double(nanoseconds) * Double(waiting)
        slots[newest].observed += nanoseconds
        slots[newest].held += held
        slots[newest].waited += waited
        sum.observed += nanoseconds
        sum.held += held
        sum.waited += waited
    }

    /// The share of the half minute in which the lock was held. Time before the first sample counts as free, so a program
    /// that has just started, which holds its lock while it imports modules, does not seem busy for long.
    var held: Double { Double(sum.held) / Double(max(sum.observed, Self.window)) }

    /// The number of threads that waited for the lock, on average.
    var waiting: Double { max(0, sum.waited) / Double(max(sum.observed, Self.window)) }

    /// How much the lock is in use, from 0 to 1: fully if it was held for one percent of the sampled time, which an idle
    /// program that wakes up now and then does not reach.
    var activity: Double { sum.held == 0 ? 0 : min(1, 100 * Double(sum.held) / Double(sum.observed)) }
}
