/// Where glibc keeps the number of waiters, `__wrefs`, in a `pthread_cond_t`: sysdeps/nptl/bits/thread-shared-types.h.
///
/// The raw value is the offset in bytes. Waits ever begun, `__wseq`, are in the first word in both.
enum ConditionLayout: Int, Sendable, CaseIterable {
    /// glibc 2.25 and later: behind the reference counts and sizes of both groups of waiters.
    case withGroupReferences = 36
    /// glibc 2.41 and later, where the groups need no reference counts any more. Some distributions' older versions
    /// have the change, too: it repairs a lost wake-up (glibc bug 25847), so the version alone does not tell.
    case withoutGroupReferences = 28

    /// `__wrefs` counts waiters in steps of 8. Below are flags: 1 shared between processes, 2 CLOCK_MONOTONIC, 4 someone
    /// waits to destroy it. CPython makes its conditions private and monotonic: Python/thread_pthread.h.
    /// The last is set for a moment when an interpreter with a lock of its own ends.
    private static let flags: UInt32 = 3
    private static let privateMonotonic: UInt32 = 2

    /// No host has more threads: PID_MAX_LIMIT of linux/threads.h.
    static let mostWaiters: UInt32 = 1 << 22

    /// Whether the condition there can be one of this layout.
    func agrees(with bytes: [UInt8], at condition: Int) -> Bool {
        let references = bytes.halfWord(at: condition + rawValue)
        return references & Self.flags == Self.privateMonotonic && references >> 3 <= Self.mostWaiters
    }

    func condition(in bytes: [UInt8], at condition: Int) -> GILState.Condition {
        GILState.Condition(
            // The lowest bit is which group new waiters join.
            waits: bytes.word(at: condition) >> 1,
            waitingThreads: Int(bytes.halfWord(at: condition + rawValue) >> 3)
        )
    }
}

/// Finds out which layout the conditions of a process have.
///
/// The flags of `__wrefs` never change, while what stands at its place in the other layout does (the size of a group of
/// waiters, or its signals) and is 0 on a lock that nobody ever wanted. So a layout that disagreed once is out for
/// good, and what the version says decides only until then.
struct ConditionEvidence: Sendable {
    /// The layout that agrees with all that was seen; nil when none does.
    private(set) var layout: ConditionLayout?
    /// Another that still does.
    private var alternative: ConditionLayout?

    init(_ libc: CLibrary) {
        switch libc {
        case .glibc(major: 2, let minor) where minor >= 41:
            (layout, alternative) = (.withoutGroupReferences, .withGroupReferences)
        case .glibc(major: 2, let minor) where minor >= 25:
            (layout, alternative) = (.withGroupReferences, .withoutGroupReferences)
        default:
            // musl keeps its waiters in lists on their own stacks, and glibc had another algorithm before 2.25.
            break
        }
    }

    /// Takes into account the lock in `bytes`.
    mutating func weigh(_ bytes: [UInt8], at start: Int = 0, layout gil: GILLayout) {
        if let other = alternative, !Self.agrees(other, bytes, start, gil) { alternative = nil }
        if let chosen = layout, !Self.agrees(chosen, bytes, start, gil) { (layout, alternative) = (alternative, nil) }
    }

    private static func agrees(_ candidate: ConditionLayout, _ bytes: [UInt8], _ start: Int, _ gil: GILLayout) -> Bool {
        candidate.agrees(with: bytes, at: start + gil.condition)
            && candidate.agrees(with: bytes, at: start + gil.switchCondition)
    }
}
