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

    /// Where the document goes, apart from all that others may write to standard output.
    package var report: ReportChannel?

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

    /// The same job, answered over a channel.
    func answered(over channel: ReportChannel?) -> WorkerJob {
        var job = self
        job.report = channel
        return job
    }

    /// Reads a job, as it stands on a command line.
    package init(parsing json: String) throws(JobRefusal) {
        do {
            self = try WorkerJSON.decode(WorkerJob.self, from: [UInt8](json.utf8))
        } catch {
            throw JobRefusal("the job cannot be read: \(WorkerJSON.explain(error))")
        }
        guard `protocol` == Self.protocolVersion else {
            throw JobRefusal("the job has protocol version \(`protocol`), but this is \(Self.protocolVersion)")
        }
    }

    init(
        task: Task,
        probe: Probe? = nil,
        workers: Int? = nil,
        iterations: Int? = nil,
        switchIntervalNanoseconds: UInt64? = nil
    ) {
        self.task = task
        self.probe = probe
        self.workers = workers
        self.iterations = iterations
        self.switchIntervalNanoseconds = switchIntervalNanoseconds
    }

    enum CodingKeys: String, CodingKey {
        case `protocol`, task, probe, workers, iterations, report
        case switchIntervalNanoseconds = "switch_interval_ns"
    }
}
