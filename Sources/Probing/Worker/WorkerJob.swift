import Glibc
package import Linux

/// The job of a worker process: the JSON of its last argument. Documentation/worker-protocol.md.
package struct WorkerJob: Codable, Sendable, Equatable {
    package enum Task: String, Codable, Sendable {
        /// Describe the runtime, as ``RuntimeInfo``.
        case describe
        /// Run one probe, and report as ``WorkerReport``.
        case run
    }

    /// The protocol version of this program.
    package static let protocolVersion = 1

    package var `protocol` = WorkerJob.protocolVersion
    package var task: Task
    package var probe: Probe?
    package var workers: Int?
    /// Decrements of all workers together; of `refcount`, the pairs of each phase, at least; of `latency`, the wake-ups of
    /// each phase, at most.
    package var iterations: Int?
    /// How long a worker waits before it asks for the lock; only for the native runtime.
    package var switchIntervalNanoseconds: UInt64?
    /// A phase of `latency` ends after this time, even with fewer wake-ups; nil: only with all of them.
    package var phaseLimitNanoseconds: UInt64?

    /// The file for the document.
    package var report: ReportChannel?

    package static let describe = WorkerJob(task: .describe)

    package static func run(
        _ probe: Probe,
        workers: Int,
        iterations: Int,
        switchIntervalNanoseconds: UInt64? = nil,
        phaseLimitNanoseconds: UInt64? = nil
    ) -> WorkerJob {
        WorkerJob(
            task: .run,
            probe: probe,
            workers: workers,
            iterations: iterations,
            switchIntervalNanoseconds: switchIntervalNanoseconds,
            phaseLimitNanoseconds: phaseLimitNanoseconds
        )
    }

    /// The same job, to be answered over a channel.
    func answered(over channel: ReportChannel?) -> WorkerJob {
        var job = self
        job.report = channel
        return job
    }

    /// Parses the argument of a worker.
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
        switchIntervalNanoseconds: UInt64? = nil,
        phaseLimitNanoseconds: UInt64? = nil
    ) {
        self.task = task
        self.probe = probe
        self.workers = workers
        self.iterations = iterations
        self.switchIntervalNanoseconds = switchIntervalNanoseconds
        self.phaseLimitNanoseconds = phaseLimitNanoseconds
    }

    enum CodingKeys: String, CodingKey {
        case `protocol`, task, probe, workers, iterations, report
        case switchIntervalNanoseconds = "switch_interval_ns"
        case phaseLimitNanoseconds = "phase_limit_ns"
    }
}

/// The iterations of a job, split evenly over the workers; the first workers get the remainder.
struct Shares: Sendable, Equatable {
    let iterations: UInt64
    let workers: Int

    subscript(worker: Int) -> UInt64 {
        let even = iterations / UInt64(workers)
        return even + (UInt64(worker) < iterations % UInt64(workers) ? 1 : 0)
    }
}

/// The file for a worker's document, which the worker inherits as a descriptor. On standard output the document would
/// mix with the output of site hooks, wrappers and `.pth` files.
package struct ReportChannel: Codable, Sendable, Equatable {
    /// The worker's descriptor, right above the standard streams.
    package var descriptor: CInt
    /// The identity of the file, fstat(2): after a launcher closed the descriptor, another file may get its number.
    package var device: UInt64
    package var inode: UInt64

    private static let descriptorOfWorkers: CInt = 3

    /// Nil where the file cannot be identified: then the report comes on standard output.
    init?(to file: borrowing MemoryFile) {
        guard let identity = file.identity else { return nil }
        descriptor = Self.descriptorOfWorkers
        (device, inode) = (identity.device, identity.inode)
    }

    /// Whether the descriptor still refers to this file.
    package var isOpen: Bool {
        guard let file = FileIdentity(descriptor: descriptor) else { return false }
        return (file.device, file.inode) == (device, inode)
    }

    /// Writes a document.
    package func write(_ document: [UInt8]) throws(SystemError) {
        var rest = document[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write the report") }
            rest = rest.dropFirst(count)
        }
    }
}

/// Why a worker refuses its job.
package struct JobRefusal: Error, Equatable, CustomStringConvertible {
    /// The exit status of the worker: Documentation/worker-protocol.md, "How it ends".
    package static let exitStatus: Int32 = 2

    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
