/// The result of one run as the worker reports it, before ``check(against:standardError:)`` has accepted it. The keys
/// are those of Documentation/worker-protocol.md.
package struct WorkerReport: Codable, Sendable, Equatable {
    package var `protocol`: Int
    package var probe: Probe
    package var setup: UInt64
    package var duration: UInt64
    package var workers: [TimeLedger]
    package var lock: LockCounts?
    /// Of the probe `refcount`.
    package var referenceCountPhases: [ReferenceCountPhase]?
    /// Of the probe `latency`.
    package var latencyPhases: [LatencyPhase]?
    /// The runtime that made this report, as it would have described itself at that moment.
    package var runtime: RuntimeInfo?

    enum CodingKeys: String, CodingKey {
        case `protocol`, probe, workers, lock, runtime
        case setup = "setup_ns"
        case duration = "duration_ns"
        case referenceCountPhases = "refcount_phases"
        case latencyPhases = "latency_phases"
    }
}
