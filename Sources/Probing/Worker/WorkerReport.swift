/// What a worker process says of one run, as it stands on its standard output. Not yet believed: ``Measurement``
/// checks it. Documentation/worker-protocol.md.
package struct WorkerReport: Codable, Sendable, Equatable {
    package struct Worker: Codable, Sendable, Equatable {
        package var iterations: UInt64
        package var wall: UInt64
        package var user: UInt64
        package var system: UInt64
        /// Nil where the kernel does not tell.
        package var runQueue: UInt64?
        package var lockWait: UInt64?
        package var voluntarySwitches: UInt64?
        package var involuntarySwitches: UInt64?

        enum CodingKeys: String, CodingKey {
            case iterations
            case wall = "wall_ns"
            case user = "user_ns"
            case system = "system_ns"
            case runQueue = "run_queue_ns"
            case lockWait = "lock_wait_ns"
            case voluntarySwitches = "voluntary_switches"
            case involuntarySwitches = "involuntary_switches"
        }
    }

    /// Exact counts of the lock, as far as the runtime can read them.
    package struct Lock: Codable, Sendable, Equatable {
        package var acquisitions: UInt64?
        package var switches: UInt64?
        package var timedWaits: UInt64?
        package var forcedHandoffs: UInt64?

        enum CodingKeys: String, CodingKey {
            case acquisitions, switches
            case timedWaits = "timed_waits"
            case forcedHandoffs = "forced_handoffs"
        }
    }

    package var `protocol`: Int
    package var probe: Probe
    package var setup: UInt64
    package var duration: UInt64
    package var workers: [Worker]
    package var lock: Lock?
    /// What the runtime is that has made this report, as it would have described itself then.
    package var runtime: RuntimeDescription?

    enum CodingKeys: String, CodingKey {
        case `protocol`, probe, workers, lock, runtime
        case setup = "setup_ns"
        case duration = "duration_ns"
    }
}
