/// What a worker process is asked to do: the JSON of its last argument. Documentation/worker-protocol.md.
package struct WorkerJob: Codable, Sendable, Equatable {
    package enum Task: String, Codable, Sendable {
        /// Say what you are and what you can do.
        case describe
        /// Run one probe.
        case run
    }

    /// The version of the protocol that this program speaks.
    package static let protocolVersion = 1

    package var `protocol` = WorkerJob.protocolVersion
    package var task: Task
    package var probe: Probe?
    package var workers: Int?
    /// Decrements in all.
    package var iterations: Int?
    /// How long a worker waits before it asks for the lock; only for runtimes whose lock is ours.
    package var switchIntervalNanoseconds: UInt64?

    package static let describe = WorkerJob(task: .describe)

    package static func run(
        _ probe: Probe,
        workers: Int,
        iterations: Int,
        switchIntervalNanoseconds: UInt64? = nil
    ) -> WorkerJob {
        WorkerJob(
            task: .run,
            probe: probe,
            workers: workers,
            iterations: iterations,
            switchIntervalNanoseconds: switchIntervalNanoseconds
        )
    }

    enum CodingKeys: String, CodingKey {
        case `protocol`, task, probe, workers, iterations
        case switchIntervalNanoseconds = "switch_interval_ns"
    }
}
