import Linux

/// What the groups did in the last minutes: a bounded history that every scan continues.
///
/// It outlives the observers, as the counters do.
package final class GroupHistory: Sendable {
    /// The totals of a group since it was first seen: the values of its counters. Nil if there is no such counter.
    struct Totals: Sendable, Equatable {
        var observed: Double?
        var active: Double?
        var held: Double?
        var wait: Double?
        var stalledWait: Double?
        var longHeld: Double?
        var cpu: Double?
        var runQueue: Double?
        var switches: Double?
    }

    /// What is known of a group now.
    package struct Record: Sendable, Equatable {
        /// The last minute; nil before the second scan.
        package var lastMinute: GroupUsage?
        /// The whole history, oldest first.
        package var slots: [GroupUsage]
    }

    /// A slot ends with the first scan after this time.
    package static let slotSeconds = 10.0
    /// Ten minutes, or more if scans are less frequent.
    package static let maxSlots = 60
    /// With more groups, only the slots of the last minute are kept: a slot takes about 100 bytes.
    static let maxGroups = 500
    private static let minSlots = 7
    private static let window = 60.0

    private struct Entry: Sendable {
        var totals: Totals
        var readAt: UInt64
        var slots: [GroupUsage] = []

        mutating func add(_ current: Totals, at now: UInt64, maxSlots: Int) {
            let seconds = Double.seconds(nanoseconds: now - min(readAt, now))
            guard seconds > 0 else { return }
            var usage = GroupUsage(seconds: seconds)
            usage.observed = Self.take(current.observed, &totals.observed) ?? 0
            usage.active = Self.take(current.active, &totals.active) ?? 0
            usage.held = Self.take(current.held, &totals.held) ?? 0
            usage.wait = Self.take(current.wait, &totals.wait)
            usage.stalledWait = Self.take(current.stalledWait, &totals.stalledWait)
            usage.longHeld = Self.take(current.longHeld, &totals.longHeld)
            usage.cpu = Self.take(current.cpu, &totals.cpu)
            usage.runQueue = Self.take(current.runQueue, &totals.runQueue)
            usage.switches = Self.take(current.switches, &totals.switches) ?? 0
            readAt = now
            if let newest = slots.last, newest.seconds < GroupHistory.slotSeconds {
                slots[slots.count - 1] += usage
            } else {
                slots.append(usage)
                if slots.count > maxSlots { slots.removeFirst(slots.count - maxSlots) }
            }
        }

        /// The increase of a total. A counter begins at 0 when it is made; a new observer makes it again with its first
        /// observation, and it continues.
        private static func take(_ current: Double?, _ known: inout Double?) -> Double? {
            guard let current else { return known == nil ? nil : 0 }
            defer { known = current }
            return max(0, current - (known ?? 0))
        }

        var lastMinute: GroupUsage? {
            guard var sum = slots.last else { return nil }
            for slot in slots.dropLast().reversed() {
                if sum.seconds >= GroupHistory.window { break }
                sum += slot
            }
            return sum
        }
    }

    private let entries = Protected<[String: Entry]>([:])

    package init() {}

    /// Continues the history of each group, and forgets all others.
    ///
    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    func record(_ totals: [String: Totals], at now: UInt64) {
        entries.withLock { entries in
            entries = entries.filter { totals[$0.key] != nil }
            let maxSlots = totals.count > Self.maxGroups ? Self.minSlots : Self.maxSlots
            for (group, current) in totals {
                if entries[group] == nil {
                    entries[group] = Entry(totals: current, readAt: now)
                } else {
                    entries[group]?.add(current, at: now, maxSlots: maxSlots)
                }
            }
        }
    }

    subscript(group: String) -> Record {
        entries.withLock { entries in
            guard let entry = entries[group] else { return Record(lastMinute: nil, slots: []) }
            return Record(lastMinute: entry.lastMinute, slots: entry.slots)
        }
    }
}
