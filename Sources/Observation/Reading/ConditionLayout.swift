/// The layout of glibc's `pthread_cond_t`: sysdeps/nptl/bits/thread-shared-types.h.
///
/// The raw value is the offset in bytes of the number of waiters, `__wrefs`. The first word of both layouts counts the
/// waits that ever began, `__wseq`.
enum ConditionLayout: Int, Sendable, CaseIterable {
    /// glibc 2.25 and later: `__wrefs` follows the reference counts and sizes of both groups of waiters.
    case withGroupReferences = 36
    /// glibc 2.41 and later: the groups have no reference counts any more. Distributions have backported this change, which
    /// repairs a lost wake-up (glibc bug 25847), so the version alone does not determine the layout.
    case withoutGroupReferences = 28

    /// `__wrefs` counts waiters in steps of 8. The bits below are flags: 1 shared between processes, 2 CLOCK_MONOTONIC, 4 a
    /// thread waits to destroy it. CPython makes its conditions private and monotonic: Python/thread_pthread.h. Flag 4 is
    /// set for a moment when an interpreter with a lock of its own ends.
    private static let flags: UInt32 = 3
    private static let privateMonotonic: UInt32 = 2

    /// The maximum of threads on a host: PID_MAX_LIMIT of linux/threads.h.
    static let maxWaiters: UInt32 = 1 << 22

    /// Whether the bytes at `condition` can be a condition of this layout.
    func agrees(with bytes: [UInt8], at condition: Int) -> Bool {
        hasFlags(bytes, at: condition) && bytes.halfWord(at: condition + rawValue) >> 3 <= Self.maxWaiters
    }

    /// Whether the bytes at `condition` have the flags of a condition of this layout, with any number of waiters.
    func hasFlags(_ bytes: [UInt8], at condition: Int) -> Bool {
        bytes.halfWord(at: condition + rawValue) & Self.flags == Self.privateMonotonic
    }

    func condition(in bytes: [UInt8], at condition: Int) -> GILState.Condition {
        GILState.Condition(
            // The lowest bit selects the group that new waiters join.
            waits: bytes.word(at: condition) >> 1,
            waitingThreads: Int(bytes.halfWord(at: condition + rawValue) >> 3)
        )
    }
}

/// Determines the layout of a process's conditions.
///
/// The flags of `__wrefs` never change. The field at the same offset in the other layout does (the size of a group of
/// waiters, or its signals), and is 0 in a lock that no thread has ever waited for. So a layout that disagreed once is
/// ruled out for good, and the version decides only until then.
struct ConditionEvidence: Sendable {
    /// The layout that agrees with all bytes so far; nil if none does.
    private(set) var layout: ConditionLayout?
    /// The other layout, if it still agrees.
    private var alternative: ConditionLayout?

    init(_ libc: CLibrary) {
        switch libc {
        case .glibc(major: 2, let minor) where minor >= 41:
            (layout, alternative) = (.withoutGroupReferences, .withGroupReferences)
        case .glibc(major: 2, let minor) where minor >= 25:
            (layout, alternative) = (.withGroupReferences, .withoutGroupReferences)
        case .unreadable:
            // What the locks contain decides.
            (layout, alternative) = (.withGroupReferences, .withoutGroupReferences)
        default:
            // musl keeps waiters in lists on their own stacks, and glibc before 2.25 had another algorithm.
            break
        }
    }

    /// Compares the layouts with the lock in `bytes`.
    mutating func weigh(_ bytes: [UInt8], at start: Int = 0, layout gil: GILLayout) {
        if let other = alternative, !Self.agrees(other, bytes, start, gil) { alternative = nil }
        guard let chosen = layout, !Self.agrees(chosen, bytes, start, gil) else { return }
        // If there is no other layout, an impossible number of waiters does not mean that the layout hides them.
        guard alternative != nil || !Self.hasFlags(chosen, bytes, start, gil) else { return }
        (layout, alternative) = (alternative, nil)
    }

    private static func agrees(_ candidate: ConditionLayout, _ bytes: [UInt8], _ start: Int, _ gil: GILLayout) -> Bool {
        candidate.agrees(with: bytes, at: start + gil.condition)
            && candidate.agrees(with: bytes, at: start + gil.switchCondition)
    }

    private static func hasFlags(_ chosen: ConditionLayout, _ bytes: [UInt8], _ start: Int, _ gil: GILLayout) -> Bool {
        chosen.hasFlags(bytes, at: start + gil.condition) && chosen.hasFlags(bytes, at: start + gil.switchCondition)
    }
}
