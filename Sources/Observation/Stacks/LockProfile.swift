/// What held the locks of a process or a group, and what waited for them.
package struct LockProfile: Sendable {
    package enum Side: Sendable {
        case holders, waiters
    }

    /// Stacks that held a lock. They are charged with the waits that they caused.
    package var holders: StackProfile
    /// Stacks that waited for a lock. They are charged with their own waits: an estimate, because only some samples look
    /// for them.
    package var waiters: StackProfile

    package init(_ limits: StackProfile.Limits = .process) {
        holders = StackProfile(limits)
        waiters = StackProfile(limits)
    }

    package subscript(_ side: Side) -> StackProfile { side == .holders ? holders : waiters }

    package var isEmpty: Bool { holders.isEmpty && waiters.isEmpty }

    package mutating func merge(_ other: LockProfile) {
        holders.merge(other.holders)
        waiters.merge(other.waiters)
    }
}
