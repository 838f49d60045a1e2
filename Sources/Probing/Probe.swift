/// A way of running the countdown.
///
/// This file holds everything that the program knows of a probe: a new probe is a case and a row of ``facts``.
package enum Probe: String, CaseIterable, Codable, Sendable, Hashable {
    case single
    case gil
    case lockfree
    case multiprocess
    case subinterpreter

    /// How the native runtime runs the workers of a probe.
    enum NativeWorkers: Sendable, Equatable {
        case threads
        case processes
        /// The native runtime cannot run the probe, for this reason.
        case unavailable(String)
    }

    private struct Facts {
        var meaning: String
        var isReference = false
        var sharesLock = false
        var nativeWorkers: NativeWorkers
    }

    private var facts: Facts {
        switch self {
        case .single:
            Facts(meaning: "one thread", isReference: true, nativeWorkers: .threads)
        case .gil:
            Facts(meaning: "threads that contend for a lock", sharesLock: true, nativeWorkers: .threads)
        case .lockfree:
            Facts(meaning: "threads without a lock", nativeWorkers: .threads)
        case .multiprocess:
            Facts(meaning: "processes", nativeWorkers: .processes)
        case .subinterpreter:
            Facts(
                meaning: "interpreters with locks of their own",
                nativeWorkers: .unavailable("the native runtime has no interpreters")
            )
        }
    }

    /// What counts down: "threads that contend for a lock".
    package var meaning: String { facts.meaning }

    /// Whether this is the probe to which the others are compared. It always has one worker.
    package var isReference: Bool { facts.isReference }

    /// Whether the workers contend for one lock, so that only one of them counts at a time.
    package var sharesLock: Bool { facts.sharesLock }

    /// Whether several workers run without a lock between them. Only the host can keep them from running in parallel.
    package var isParallel: Bool { !isReference && !sharesLock }

    /// How the native runtime runs the workers, or why it cannot.
    var nativeWorkers: NativeWorkers { facts.nativeWorkers }

    /// The number of workers of this probe when `configured` is the number set for probes with several.
    package func workers(_ configured: Int) -> Int { isReference ? 1 : configured }

    /// The speedup over ``single`` of workers that get a CPU each.
    package func idealSpeedup(workers: Int) -> Int { isParallel ? workers : 1 }
}
