/// What a runtime says of itself: the answer to ``WorkerJob/describe``. Documentation/worker-protocol.md.
package struct RuntimeDescription: Codable, Sendable, Equatable {
    package var `protocol`: Int
    /// `native`, `cpython`, `pypy`, …
    package var implementation: String
    package var version: String
    package var freeThreaded: Bool
    /// The program's file.
    package var path: String
    /// Nil where the runtime has no lock or does not tell.
    package var switchIntervalNanoseconds: UInt64?
    /// Decrements that take about a quarter of a second in one thread on ordinary hardware. A constant of the
    /// implementation, so that durations can be compared between hosts and over time.
    package var iterations: Int
    package var supported: [String]
    /// Why the others are not: probe to reason.
    package var unsupported: [String: String]

    enum CodingKeys: String, CodingKey {
        case `protocol`, implementation, version, path, iterations, supported, unsupported
        case freeThreaded = "free_threaded"
        case switchIntervalNanoseconds = "switch_interval_ns"
    }

    package func supports(_ probe: Probe) -> Bool { supported.contains(probe.rawValue) }
}
