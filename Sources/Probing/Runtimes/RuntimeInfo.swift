import Glibc
import Linux

/// How a runtime describes itself, as the answer to ``WorkerJob/describe`` and within each report. The keys are those of
/// Documentation/worker-protocol.md.
package struct RuntimeInfo: Codable, Sendable, Equatable {
    package var `protocol`: Int
    /// `native`, `cpython`, `pypy`, …
    package var implementation: String
    package var version: String
    package var freeThreaded: Bool
    /// The program's file.
    package var path: String
    /// Nil where the runtime has no lock or does not report it.
    package var switchIntervalNanoseconds: UInt64?
    /// Decrements that take one thread about a fifth of a second on ordinary hardware. A constant of the
    /// implementation, so that durations can be compared between hosts and over time.
    package var iterations: Int
    /// References that one thread takes and drops in some milliseconds, a constant like ``iterations``; nil where the runtime
    /// does not support `refcount`.
    package var pairs: Int?
    package var supported: [String]
    /// Why the runtime cannot run the others: probe to reason.
    package var unsupported: [String: String]
    /// The names of the counts in ``LockCounts`` that the runtime reports for probes that share a lock; nil: none, or it
    /// does not know.
    package var lockCounts: [String]?
    /// The names of the ``ReferenceCountScheme``s that it compares in `refcount`; nil: it does not know.
    package var refcountSchemes: [String]?
    /// The names of the ``WakeUpLock``s, without `alone`, that it compares in `latency`; nil: it does not know.
    package var latencyLocks: [String]?

    enum CodingKeys: String, CodingKey {
        case `protocol`, implementation, version, path, iterations, pairs, supported, unsupported
        case freeThreaded = "free_threaded"
        case switchIntervalNanoseconds = "switch_interval_ns"
        case lockCounts = "lock_counts"
        case refcountSchemes = "refcount_schemes"
        case latencyLocks = "latency_locks"
    }

    package func supports(_ probe: Probe) -> Bool { supported.contains(probe.rawValue) }

    /// Why the runtime cannot run this probe; nil if it can.
    package func refusal(of probe: Probe) -> String? {
        guard !supports(probe) else { return nil }
        let reason = unsupported[probe.rawValue] ?? "it gives no reason"
        let others = supported.isEmpty ? "no probe" : supported.joined(separator: ", ")
        return "\(implementation) \(version) cannot run \(probe.rawValue): \(reason); it supports \(others)"
    }

    /// Whether measurements of this probe have this count of the lock.
    func reports(_ count: LockCounts.CodingKeys, of probe: Probe) -> Bool {
        probe.sharesLock && lockCounts?.contains(count.rawValue) == true
    }

    /// Whether both are the same program, as far as that matters to measurements.
    func isSameProgram(as other: RuntimeInfo) -> Bool {
        (implementation, version, path, freeThreaded, iterations)
            == (other.implementation, other.version, other.path, other.freeThreaded, other.iterations)
    }

    /// The same info, with texts that fit into a label, a log line or a page, and without unknown names: a later version
    /// of the protocol may have more probes and counts.
    func bounded() -> RuntimeInfo {
        var bounded = self
        bounded.implementation = WorkerText.line(implementation, limit: 64)
        bounded.version = WorkerText.line(version, limit: 128)
        bounded.path = WorkerText.line(path, limit: Int(PATH_MAX))
        bounded.supported = Probe.allCases.map(\.rawValue).filter(supported.contains)
        bounded.unsupported = [:]
        for probe in Probe.allCases {
            guard let reason = unsupported[probe.rawValue] else { continue }
            bounded.unsupported[probe.rawValue] = WorkerText.line(reason, limit: 300)
        }
        bounded.lockCounts = lockCounts.map { LockCounts.CodingKeys.allCases.map(\.rawValue).filter($0.contains) }
        bounded.refcountSchemes = refcountSchemes.map {
            ReferenceCountScheme.allCases.map(\.rawValue).filter($0.contains)
        }
        bounded.latencyLocks = latencyLocks.map { WakeUpLock.contended.map(\.rawValue).filter($0.contains) }
        return bounded
    }
}

/// The last answer of each runtime, valid while the runtime is the same program.
///
/// The file alone does not show that: the program that starts may choose another one each time, as a shim, `env` or a
/// name on PATH does. A change behind such a program shows in the next report, and a runtime whose reports do not
/// describe it is asked before each round.
struct RuntimeInfoCache: Sendable {
    private struct Entry: Sendable {
        var configuration: RuntimeConfiguration
        var file: FileIdentity?
        var info: RuntimeInfo
        var isInDoubt = false
    }

    private var entries: [String: Entry] = [:]

    /// Nil when the runtime has to be asked: for the first time, or because its program may have been replaced.
    func info(of runtime: RuntimeConfiguration) -> RuntimeInfo? {
        guard
            let entry = entries[runtime.name],
            !entry.isInDoubt,
            entry.configuration == runtime,
            entry.file == runtime.programFile
        else { return nil }
        return entry.info
    }

    /// The last answer of the runtime, which may have changed since.
    func lastInfo(of runtime: RuntimeConfiguration) -> RuntimeInfo? {
        entries[runtime.name].flatMap { $0.configuration == runtime ? $0.info : nil }
    }

    /// Makes ``info(of:)`` return nil, so that the runtime is asked again before the next round.
    mutating func doubt(_ runtime: RuntimeConfiguration) { entries[runtime.name]?.isInDoubt = true }

    mutating func remember(_ info: RuntimeInfo, of runtime: RuntimeConfiguration) {
        entries[runtime.name] = Entry(configuration: runtime, file: runtime.programFile, info: info)
    }
}

extension RuntimeConfiguration {
    /// The file of the program in its present state, which an upgrade changes. Nil for the native runtime, and for a
    /// program that is looked up on PATH each time it starts.
    fileprivate var programFile: FileIdentity? {
        switch launch {
        case .native: nil
        case .python(let command), .program(let command):
            command.first.flatMap { $0.contains("/") ? FileIdentity(path: $0) : nil }
        }
    }
}
