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

    /// Runs each scheme on a shared object and on private ones, with one worker and with all.
    ///
    /// - Parameter pairs: of each phase.
    static func run(pairs: UInt64, _ workers: Int, _ switchInterval: UInt64) throws -> [Result] {
        var results: [Result] = []
        for scheme in schemes {
            for sharing in ReferenceSharing.allCases {
                for count in workers > 1 ? [1, workers] : [1] {
                    let shares = Shares(iterations: pairs, workers: count)
                    results.append(try run(scheme, sharing, shares, switchInterval))
                }
            }
        }
        return results
    }

    private static func run(
        _ scheme: ReferenceCountScheme,
        _ sharing: ReferenceSharing,
        _ shares: Shares,
        _ switchInterval: UInt64
    ) throws -> Result {
        let objects = (0..<(sharing == .shared ? 1 : shares.workers)).map { CountedObject(owner: $0) }
        let lock = GlobalInterpreterLock(switchInterval: switchInterval)
        let lowest = Protected([Int](repeating: CountedObject.references, count: objects.count))
        let timing = try NativePhase.run(shares.workers) { contender in
            let place = contender.number % objects.count
            let pairs = shares[contender.number]
            let seen = takeAndDrop(pairs, objects[place], as: contender, scheme, under: lock)
            lowest.withLock { $0[place] = min($0[place], seen) }
            return pairs
        }
        let phase = ReferenceCountPhase(
            scheme: scheme,
            sharing: sharing,
            workers: shares.workers,
            pairs: shares.iterations,
            duration: timing.duration,
            workerTime: timing.ledgers.reduce(0) { $0 + $1.wall },
            leaked: objects.reduce(0) { $0 + UInt64(max(0, $1.count - CountedObject.references)) },
            releasedEarly: lowest.withLock { $0.reduce(0) { $0 + UInt64(max(0, CountedObject.references - $1)) } }
        )
        return Result(phase: phase, timing: timing)
    }

    /// Takes and drops a reference so many times.
    ///
    /// - Returns: the lowest count that a drop has found.
    private static func takeAndDrop(
        _ pairs: UInt64,
        _ object: CountedObject,
        as contender: LockContender,
        _ scheme: ReferenceCountScheme,
        under lock: GlobalInterpreterLock
    ) -> Int {
        switch scheme {
        case .unprotected: return loop(pairs, Unprotected(object: object))
        case .objectLock: return loop(pairs, UnderObjectLock(object: object))
        case .atomic: return loop(pairs, AtomicCount(object: object))
        case .biased: return loop(pairs, BiasedCount(object: object, worker: contender.number))
        case .gil:
            lock.take(contender)
            defer { lock.drop(contender) }
            return loop(pairs, UnderInterpreterLock(object: object, lock: lock, contender: contender))
        case .interpreter: preconditionFailure("the native runtime has no interpreter")
        }
    }

    /// The loop of all schemes. Its test of the count is that of Py_DECREF, which releases the object at 0.
    @inline(never)
    private static func loop<Scheme: CountingScheme>(_ pairs: UInt64, _ scheme: Scheme) -> Int {
        var lowest = CountedObject.references
        var n = pairs
        while n > 0 {
            scheme.take()
            lowest = min(lowest, scheme.drop())
            n -= 1
        }
        return lowest
    }
}

/// A way to count references.
private protocol CountingScheme {
    /// Counts one reference more.
    func take()
    /// Counts one reference less, and returns the new count, as far as this thread needs to know it: an owner that finds
    /// 0 releases the object.
    func drop() -> Int
}

private struct Unprotected: CountingScheme {
    let object: CountedObject

    @inline(__always)
    func take() { _ = object.addPlainly(1) }

    @inline(__always)
    func drop() -> Int { object.addPlainly(-1) }
}

/// The worker holds the lock, and looks once per pair whether another one wants it.
private struct UnderInterpreterLock: CountingScheme {
    let object: CountedObject
    let lock: GlobalInterpreterLock
    let contender: LockContender

    @inline(__always)
    func take() {
        if lock.dropRequest.load(ordering: .relaxed) { lock.yield(contender) }
        _ = object.addPlainly(1)
    }

    @inline(__always)
    func drop() -> Int { object.addPlainly(-1) }
}

private struct UnderObjectLock: CountingScheme {
    let object: CountedObject

    @inline(__always)
    func take() { _ = add(1) }

    @inline(__always)
    func drop() -> Int { add(-1) }

    @inline(__always)
    private func add(_ difference: Int) -> Int {
        object.lock()
        let count = object.addPlainly(difference)
        object.unlock()
        return count
    }
}

private struct AtomicCount: CountingScheme {
    let object: CountedObject

    @inline(__always)
    func take() { _ = object.addAtomically(1) }

    @inline(__always)
    func drop() -> Int { object.addAtomically(-1) }
}

/// The owner's count is plain, because no other thread changes it (PEP 703; Choi, Shull and Torrellas, "Biased Reference
/// Counting", PACT 2018). Both have to be added up only when the owner drops its last reference.
private struct BiasedCount: CountingScheme {
    let object: CountedObject
    let worker: Int

    @inline(__always)
    func take() {
        if object.isOwned(by: worker) { _ = object.addPlainly(1) } else { _ = object.addForOthers(1) }
    }

    @inline(__always)
    func drop() -> Int {
        // The references of others come on top of the owner's.
        object.isOwned(by: worker) ? object.addPlainly(-1) : object.addForOthers(-1) + CountedObject.references
    }
}
