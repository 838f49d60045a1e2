/// A kind of run that shows one property of a runtime on this host.
///
/// This file holds everything that the program knows of a probe: a new probe is a case and a row of ``facts``.
package enum Probe: String, CaseIterable, Codable, Sendable, Hashable {
    case single
    case gil
    case lockfree
    case multiprocess
    case subinterpreter
    case refcount
    case latency

    /// What the workers do, and so what a report contains.
    package enum Work: String, Sendable {
        /// All count down at the same time. The result is a duration.
        case countdown
        /// They take and drop references, in one phase for each way of counting. The result is a ``ReferenceCountPhase``
        /// for each.
        case referenceCounts = "reference_counts"
        /// One wakes up at deadlines and takes the lock, the others count down. The result is a ``LatencyPhase`` for each
        /// kind of lock.
        case wakeUps = "wake_ups"
    }

    /// How the native runtime runs the workers of a probe.
    enum NativeWorkers: Sendable, Equatable {
        case threads
        case processes
        /// The native runtime cannot run the probe, for this reason.
        case unavailable(String)
    }

    private struct Facts {
        var meaning: String
        var work = Work.countdown
        var isReference = false
        var sharesLock = false
        var nativeWorkers = NativeWorkers.threads
    }

    private var facts: Facts {
        switch self {
        case .single:
            Facts(meaning: "one thread", isReference: true)
        case .gil:
            Facts(meaning: "threads that contend for a lock", sharesLock: true)
        case .lockfree:
            Facts(meaning: "threads without a lock")
        case .multiprocess:
            Facts(meaning: "processes", nativeWorkers: .processes)
        case .subinterpreter:
            Facts(
                meaning: "interpreters with locks of their own",
                nativeWorkers: .unavailable("the native runtime has no interpreters")
            )
        case .refcount:
            Facts(meaning: "threads that take and drop references", work: .referenceCounts)
        case .latency:
            Facts(meaning: "threads, one of which wakes up beside the others", work: .wakeUps)
        }
    }

    /// What runs: "threads that contend for a lock".
    package var meaning: String { facts.meaning }

    package var work: Work { facts.work }

    /// Whether this is the probe to which the others are compared. It always has one worker.
    package var isReference: Bool { facts.isReference }

    /// Whether the workers contend for one lock, so that only one of them counts at a time.
    package var sharesLock: Bool { facts.sharesLock }

    /// Whether several workers count down without a lock between them. Only the host can keep them from running in
    /// parallel.
    package var isParallel: Bool { work == .countdown && !isReference && !sharesLock }

    /// How many times as much time on run queues as in a countdown is usual. The kernel may start two workers on one CPU
    /// and leave them there for some milliseconds, which are a large part of a short phase.
    var runQueueTolerance: Double { work == .referenceCounts ? 5 : 1 }

    /// How the native runtime runs the workers, or why it cannot.
    var nativeWorkers: NativeWorkers { facts.nativeWorkers }

    /// The number of workers of this probe when `configured` is the number set for probes with several.
    package func workers(_ configured: Int) -> Int {
        if isReference { return 1 }
        return work == .wakeUps ? max(2, configured) : configured
    }

    /// The speedup over ``single`` of workers that get a CPU each.
    package func idealSpeedup(workers: Int) -> Int { isParallel ? workers : 1 }
}
