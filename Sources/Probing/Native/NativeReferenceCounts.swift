import Linux
import Synchronization

/// The probe `refcount` of the native runtime: workers take and drop references to objects, under one scheme after
/// another.
enum NativeReferenceCounts {
    struct Result {
        var phase: ReferenceCountPhase
        var timing: NativePhase
    }

    static let schemes: [ReferenceCountScheme] = [.unprotected, .gil, .objectLock, .atomic, .biased]

    /// Runs each scheme on shared objects and on private ones, with one worker and with all.
    ///
    /// - Parameter pairs: of each phase, at least.
    static func run(pairs: UInt64, _ workers: Int, _ switchInterval: UInt64) throws -> [Result] {
        var results: [Result] = []
        for scheme in schemes {
            for sharing in ReferenceSharing.allCases {
                for count in workers > 1 ? [1, workers] : [1] {
                    let isQuick = isQuick(scheme, sharing, count)
                    let (many, overflow) = pairs.multipliedReportingOverflow(by: quickFactor)
                    let shares = Shares(iterations: isQuick && !overflow ? many : pairs, workers: count)
                    results.append(try run(scheme, sharing, shares, switchInterval))
                }
            }
        }
        return results
    }

    /// Quick phases do so many times as many pairs, or they would end before their start and end no longer matter.
    private static let quickFactor: UInt64 = 8

    /// Whether pairs take few nanoseconds, because they need no atomic operation and no cache line of another CPU.
    private static func isQuick(_ scheme: ReferenceCountScheme, _ sharing: ReferenceSharing, _ workers: Int) -> Bool {
        switch scheme {
        case .gil: true
        case .unprotected, .biased: sharing == .private || workers == 1
        case .objectLock, .atomic, .interpreter: false
        }
    }

    private static func run(
        _ scheme: ReferenceCountScheme,
        _ sharing: ReferenceSharing,
        _ shares: Shares,
        _ switchInterval: UInt64
    ) throws -> Result {
        let sets = (0..<(sharing == .shared ? 1 : shares.workers)).map { CountedObjects(owner: $0) }
        let lock = GlobalInterpreterLock(switchInterval: switchInterval)
        let lowest = Protected(CountedObjects.references)
        let timing = try NativePhase.run(shares.workers) { contender in
            let pairs = shares[contender.number]
            let seen = takeAndDrop(pairs, sets[contender.number % sets.count], as: contender, scheme, under: lock)
            lowest.withLock { $0 = min($0, seen) }
            return pairs
        }
        let excess = sets.flatMap(\.excess)
        // An object that was released in the middle of the run may have a count above 0 again.
        let missing = max(
            excess.reduce(0) { $0 - min(0, $1) },
            CountedObjects.references - lowest.withLock { $0 }
        )
        let phase = ReferenceCountPhase(
            scheme: scheme,
            sharing: sharing,
            workers: shares.workers,
            pairs: shares.iterations,
            duration: timing.duration,
            workerTime: timing.ledgers.reduce(0) { $0 + $1.wall },
            leaked: UInt64(excess.reduce(0) { $0 + max(0, $1) }),
            releasedEarly: UInt64(max(0, missing))
        )
        return Result(phase: phase, timing: timing)
    }

    /// Takes and drops so many references.
    ///
    /// - Returns: the lowest count that a drop has found.
    private static func takeAndDrop(
        _ pairs: UInt64,
        _ objects: CountedObjects,
        as contender: LockContender,
        _ scheme: ReferenceCountScheme,
        under lock: GlobalInterpreterLock
    ) -> Int {
        switch scheme {
        case .unprotected: return loop(pairs, Unprotected(objects: objects))
        case .objectLock: return loop(pairs, UnderObjectLock(objects: objects))
        case .atomic: return loop(pairs, AtomicCount(objects: objects))
        case .biased: return loop(pairs, BiasedCount(objects: objects, worker: contender.number))
        case .gil:
            lock.take(contender)
            defer { lock.drop(contender) }
            return loop(pairs, UnderInterpreterLock(objects: objects, lock: lock, contender: contender))
        case .interpreter: preconditionFailure("the native runtime has no interpreter")
        }
    }

    /// The loop of all schemes: takes a reference to each object, as a copy of a list does, and then drops each. Its test
    /// of the count is that of Py_DECREF, which releases the object at 0.
    @inline(never)
    private static func loop<Scheme: CountingScheme>(_ pairs: UInt64, _ scheme: Scheme) -> Int {
        var lowest = CountedObjects.references
        var n = pairs
        while n > 0 {
            scheme.turn()
            let count = Int(min(n, UInt64(CountedObjects.number)))
            var place = 0
            while place < count {
                _ = scheme.add(1, to: place)
                place &+= 1
            }
            place = 0
            while place < count {
                lowest = min(lowest, scheme.add(-1, to: place))
                place &+= 1
            }
            n &-= UInt64(count)
        }
        return lowest
    }
}

/// A way to count references.
private protocol CountingScheme {
    /// Called before each pass over the objects.
    func turn()
    /// Adds 1 to the count of an object, or -1.
    ///
    /// - Returns: the new count, as far as this thread needs to know it: an owner that finds 0 releases the object.
    func add(_ difference: Int, to place: Int) -> Int
}

extension CountingScheme {
    @inline(__always)
    func turn() {}
}

private struct Unprotected: CountingScheme {
    let objects: CountedObjects

    @inline(__always)
    func add(_ difference: Int, to place: Int) -> Int { objects.addPlainly(difference, to: place) }
}

/// The worker holds the lock, and looks once in each turn of its loop whether another one wants it, as CPython does.
private struct UnderInterpreterLock: CountingScheme {
    let objects: CountedObjects
    let lock: GlobalInterpreterLock
    let contender: LockContender

    @inline(__always)
    func turn() {
        if lock.dropRequest.load(ordering: .relaxed) { lock.yield(contender) }
    }

    @inline(__always)
    func add(_ difference: Int, to place: Int) -> Int { objects.addPlainly(difference, to: place) }
}

private struct UnderObjectLock: CountingScheme {
    let objects: CountedObjects

    @inline(__always)
    func add(_ difference: Int, to place: Int) -> Int {
        objects.lock(place)
        defer { objects.unlock(place) }
        return objects.addPlainly(difference, to: place)
    }
}

private struct AtomicCount: CountingScheme {
    let objects: CountedObjects

    @inline(__always)
    func add(_ difference: Int, to place: Int) -> Int { objects.addAtomically(difference, to: place) }
}

/// The owner's count is plain, because no other thread changes it (PEP 703; Choi, Shull and Torrellas, "Biased Reference
/// Counting", PACT 2018). Both have to be added up only when the owner drops its last reference.
private struct BiasedCount: CountingScheme {
    let objects: CountedObjects
    let worker: Int

    @inline(__always)
    func add(_ difference: Int, to place: Int) -> Int {
        // The references of others come on top of the owner's.
        objects.isOwned(place, by: worker)
            ? objects.addPlainly(difference, to: place)
            : objects.addForOthers(difference, to: place) + CountedObjects.references
    }
}
