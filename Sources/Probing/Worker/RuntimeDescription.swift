import Glibc

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

    /// What becomes a label, a line of the log or a page, in a size that fits there.
    func bounded() -> RuntimeDescription {
        var bounded = self
        bounded.implementation = WorkerText.line(implementation, limit: 64)
        bounded.version = WorkerText.line(version, limit: 128)
        bounded.path = WorkerText.line(path, limit: Int(PATH_MAX))
        // Probes that a later protocol may have are none of this one's.
        bounded.supported = Probe.allCases.map(\.rawValue).filter(supported.contains)
        bounded.unsupported = [:]
        for probe in Probe.allCases {
            guard let reason = unsupported[probe.rawValue] else { continue }
            bounded.unsupported[probe.rawValue] = WorkerText.line(reason, limit: 300)
        }
        return bounded
    }

    /// Whether it is the same program, as far as that matters to what it measures.
    func isSameProgram(as other: RuntimeDescription) -> Bool {
        (implementation, version, path, freeThreaded, iterations)
            == (other.implementation, other.version, other.path, other.freeThreaded, other.iterations)
    }

    package func supports(_ probe: Probe) -> Bool { supported.contains(probe.rawValue) }
}
