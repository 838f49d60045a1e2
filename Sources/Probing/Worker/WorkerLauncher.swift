import Glibc
import Linux

/// Starts worker processes, and kills those that do not end in time.
package struct WorkerLauncher: Sendable {
    private let executable: String
    private let hidden: [String]

    /// - Parameters:
    ///   - executable: this program. Every worker starts as it: it prepares the process, then does the job itself or
    ///     becomes the interpreter.
    ///   - hidden: names of environment variables of the daemon that workers must not inherit.
    package init(executable: String = "/proc/self/exe", hiding hidden: [String] = []) {
        self.executable = executable
        self.hidden = hidden
    }

    /// Runs one worker process to its end.
    ///
    /// Report, output and errors go to files in memory, so a worker that floods, or that leaves a child with the output
    /// open, can neither block nor be waited for; the size limit is the kernel's (``WorkerProcess``).
    ///
    /// - Parameters:
    ///   - words: the program and its arguments, the last of which is the job that names the channel.
    ///   - input: the content of the worker's standard input.
    ///   - timeLimit: after it, the worker and all of its descendants are killed.
    /// - Throws: ``WorkerFailure`` with the reason `spawn`; `CancellationError` when the task was cancelled, and then
    ///   the worker has been killed too; the errors of `words`.
    func run(
        input: [UInt8],
        timeLimit: Duration,
        _ words: (ReportChannel?) throws -> [String]
    ) async throws -> WorkerOutcome {
        do {
            return try await start(words, input: input, timeLimit: timeLimit)
        } catch let error as SystemError {
            throw WorkerFailure(.spawn, "cannot start a worker: \(error)")
        }
    }

    /// Runs a command without a job, such as `python3 --version`.
    func run(_ words: [String], input: [UInt8], timeLimit: Duration) async throws -> WorkerOutcome {
        try await run(input: input, timeLimit: timeLimit) { _ in words }
    }

    private func start(
        _ words: (ReportChannel?) throws -> [String],
        input: [UInt8],
        timeLimit: Duration
    ) async throws -> WorkerOutcome {
        // The parent may have limited the size of files. Where that limit is hard, a write must fail and not kill the
        // daemon: setrlimit(2), RLIMIT_FSIZE.
        WorkerProcess.setSoftLimit(RLIMIT_FSIZE, to: .max)
        _ = signal(SIGXFSZ, SIG_IGN)
        let inputFile = try MemoryFile("gil-exporter-input", containing: input)
        let outputFile = try MemoryFile("gil-exporter-output")
        let errorFile = try MemoryFile("gil-exporter-errors")
        let reportFile = try MemoryFile("gil-exporter-report")
        let words = try words(ReportChannel(to: reportFile))
        let supervisor = try await SpawnedProcess.start(
            SpawnedProcess.Plan(
                executable,
                ["gil-exporter", "worker", "--parent", "\(getpid())", "--"] + words,
                hiding: hidden,
                descriptors: [
                    inputFile.descriptor, outputFile.descriptor, errorFile.descriptor, reportFile.descriptor,
                ]
            )
        )
        let (ending, timedOut) = await Self.awaitEnd(of: supervisor, within: timeLimit)
        try Task.checkCancellation()
        return WorkerOutcome(
            ending: ending,
            timedOut: timedOut,
            report: reportFile.contents(limit: WorkerProcess.outputLimit),
            output: outputFile.contents(limit: WorkerProcess.outputLimit),
            errors: errorFile.contents(limit: WorkerProcess.outputLimit)
        )
    }

    /// Waits for the end of the process, and kills it at the time limit or when the task is cancelled.
    ///
    /// - Returns: how it ended, and whether the time limit was reached.
    private static func awaitEnd(
        of supervisor: SpawnedProcess,
        within limit: Duration
    ) async -> (ending: SpawnedProcess.Ending, timedOut: Bool) {
        let limiter = Task {
            // Cancelled as soon as the process has ended.
            guard (try? await Task.sleep(for: limit)) != nil else { return false }
            // It may have ended long ago, if this program was stopped or frozen meanwhile.
            guard !supervisor.hasEnded else { return false }
            end(supervisor)
            return true
        }
        let ending = await withTaskCancellationHandler {
            await supervisor.ending
        } onCancel: {
            end(supervisor)
        }
        limiter.cancel()
        return (ending, await limiter.value)
    }

    /// Time for ``WorkerSupervisor`` to end a worker and its descendants, which takes it milliseconds.
    private static let patience = Duration.seconds(5)

    private static func end(_ supervisor: SpawnedProcess) {
        // If the worker stopped the supervisor, only SIGCONT wakes it for the SIGTERM.
        for number in [SIGTERM, SIGCONT] { supervisor.signal(number) }
        Task {
            try? await Task.sleep(for: patience)
            supervisor.signal(SIGKILL)
        }
    }
}
