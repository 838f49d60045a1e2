/// How a reference count is kept right, or not, while threads change it.
package enum ReferenceCountScheme: String, CaseIterable, Codable, Sendable {
    /// Plain loads and stores. Right only as long as one thread at a time changes the count.
    case unprotected
    /// The same under one lock for all objects, held for many operations: CPython with a GIL.
    case gil
    /// The same under a lock for each object, taken for each operation.
    case objectLock = "object_lock"
    /// Atomic operations.
    case atomic
    /// A plain count for the thread that owns the object, an atomic one for all others: CPython without a GIL (PEP 703).
    case biased
    /// That of an interpreter, whichever it is.
    case interpreter
}

/// Whether the workers change the counts of the same objects.
package enum ReferenceSharing: String, CaseIterable, Codable, Sendable {
    /// All workers take references to the same objects.
    case shared
    /// Each worker has objects of its own, on cache lines of their own.
    case `private`
}

/// One phase of the probe `refcount`: a scheme, measured with some workers. The keys are those of
/// Documentation/worker-protocol.md.
package struct ReferenceCountPhase: Codable, Sendable, Equatable {
    package var scheme: ReferenceCountScheme
    package var sharing: ReferenceSharing
    package var workers: Int
    /// References taken and dropped again, by all workers together.
    package var pairs: UInt64
    /// Nanoseconds from the barrier to the finish of the last worker.
    package var duration: UInt64
    /// Nanoseconds, summed over the workers.
    package var workerTime: UInt64
    /// By how much the counts were too high in the end: the objects are never released.
    package var leaked: UInt64
    /// By how much the counts fell below the references that were left: the objects are released while in use.
    package var releasedEarly: UInt64

    package init(
        scheme: ReferenceCountScheme,
        sharing: ReferenceSharing,
        workers: Int,
        pairs: UInt64,
        duration: UInt64,
        workerTime: UInt64,
        leaked: UInt64 = 0,
        releasedEarly: UInt64 = 0
    ) {
        self.scheme = scheme
        self.sharing = sharing
        self.workers = workers
        self.pairs = pairs
        self.duration = duration
        self.workerTime = workerTime
        self.leaked = leaked
        self.releasedEarly = releasedEarly
    }

    enum CodingKeys: String, CodingKey {
        case scheme, sharing, workers, pairs, leaked
        case duration = "duration_ns"
        case workerTime = "worker_ns"
        case releasedEarly = "released_early"
    }

    /// Nanoseconds that a worker takes for a pair, waiting for a lock included. Until the last worker has finished, all
    /// count as busy: under one lock, short shares would otherwise depend on who had it first.
    package var pairTime: Double { Double(duration) * Double(workers) / Double(pairs) }

    /// Pairs that all workers together do in a nanosecond.
    fileprivate var rate: Double { Double(pairs) / Double(duration) }
}

extension [ReferenceCountPhase] {
    /// The phase of a scheme with one worker.
    package func alone(_ scheme: ReferenceCountScheme, _ sharing: ReferenceSharing) -> ReferenceCountPhase? {
        first { $0.scheme == scheme && $0.sharing == sharing && $0.workers == 1 }
    }

    /// The phase of a scheme with all workers; nil if only one worker was measured.
    package func together(_ scheme: ReferenceCountScheme, _ sharing: ReferenceSharing) -> ReferenceCountPhase? {
        first { $0.scheme == scheme && $0.sharing == sharing && $0.workers > 1 }
    }

    /// How many times as many pairs all workers do in the same time as one does; nil if either was not measured.
    package func speedup(_ scheme: ReferenceCountScheme, _ sharing: ReferenceSharing) -> Double? {
        guard let one = alone(scheme, sharing), let all = together(scheme, sharing) else { return nil }
        return all.rate / one.rate
    }
}
