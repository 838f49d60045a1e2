import Linux

/// The groups that there are, whatever rules named them. They outlast their processes, because their counters must, and
/// they outlast a reload; but not for ever, because whoever may start processes may make groups.
package final class GroupNames: Sendable {
    private struct Group {
        let owner: UInt32?
        /// When it was last known to have processes: nanoseconds of ``KernelClock/monotonic()``.
        var seen: UInt64
    }

    private struct Groups {
        var groups: [String: Group] = [:]
        /// Those that gave up their places to others, and whose series are still to be removed.
        var replaced: Set<String> = []
    }

    /// A group that has had no process for this long gives up its place if another needs it: nanoseconds.
    private static let replaceableAfter: UInt64 = 600_000_000_000
    /// One user's programs have this share of all places at most. Others than root, that is, and not services.
    private static let shareOfUser = 4

    private let groups = Protected(Groups())

    package init() {}

    /// Whether `name` is a group: one of those before, or a new one if there is a place for it.
    ///
    /// - Parameters:
    ///   - owner: the user who has chosen the name.
    ///   - limit: of groups.
    func admits(_ name: String, owner: UInt32?, limit: Int, now: UInt64) -> Bool {
        groups.withLock { state in
            guard state.groups[name] == nil else { return true }
            if let owner, owner != 0 {
                let share = max(1, limit / Self.shareOfUser)
                let held = state.groups.filter { $0.value.owner == owner }
                if held.count >= share {
                    guard let place = Self.replaceable(held, now: now) else { return false }
                    Self.replace(place, in: &state)
                }
            }
            if state.groups.count >= limit {
                guard let place = Self.replaceable(state.groups, now: now) else { return false }
                Self.replace(place, in: &state)
            }
            state.groups[name] = Group(owner: owner, seen: now)
            state.replaced.remove(name)
            return true
        }
    }

    func retire(except present: Set<String>, after retention: Duration, now: UInt64) -> Set<String> {
        groups.withLock { state in
            for name in present { state.groups[name]?.seen = now }
            let age = UInt64(max(0, retention.nanoseconds))
            for (name, group) in state.groups where now - min(group.seen, now) > age { Self.replace(name, in: &state) }
            defer { state.replaced = [] }
            return state.replaced
        }
    }

    private static func replaceable(_ groups: [String: Group], now: UInt64) -> String? {
        let oldest = groups.min { ($0.value.seen, $0.key) < ($1.value.seen, $1.key) }
        return oldest.flatMap { now - min($0.value.seen, now) > replaceableAfter ? $0.key : nil }
    }

    private static func replace(_ name: String, in state: inout sending Groups) {
        state.groups[name] = nil
        state.replaced.insert(name)
    }
}
