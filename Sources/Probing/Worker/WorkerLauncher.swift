import Dispatch
import Glibc
import Linux
import Subprocess
import SystemPackage

/// Starts worker processes, one at a time, and ends them when they do not.
package struct WorkerLauncher: Sendable {
    private let executable: FilePath
    private let hidden: [String]

    /// - Parameters:
    ///   - executable: this program. Every worker starts as it: it prepares the process, then does the job itself or
    ///     turns into the interpreter.
    ///   - hidden: names of environment variables that are the daemon's own and no worker's business.
    package init(executable: String = "/proc/self/exe", hiding hidden: [String] = []) {
        self.executable = FilePath(executable)
        self.hidden = hidden
    }

    /// Runs one worker process to its end.
    ///
    /// Output and errors go to files in memory, so a worker that floods, or that leaves a child with the output open,
    /// can neither block nor be waited for; the size limit is the kernel's (``WorkerProcess``).
    ///
    /// - Parameters:
    ///   - words: the program and its arguments; the last is the job.
    ///   - input: what the worker finds on its standard input.
    ///   - timeLimit: after it the worker and its process group are killed.
    /// - Throws: ``WorkerFailure`` with the reason `spawn`; `CancellationError` when the task was cancelled, and then
    ///   the worker has been killed too.
    func run(_ words: [String], input: [UInt8], timeLimit: Duration) async throws -> WorkerOutcome {
        do {
            return try await spawn(words, input: input, timeLimit: timeLimit)
        } catch let error as SystemError {
            throw WorkerFailure(.spawn, "cannot start a worker: \(error)")
        } catch let error as SubprocessError {
            throw WorkerFailure(.spawn, "cannot start a worker: \(error)")
        }
    }

    private func spawn(_ words: [String], input: [UInt8], timeLimit: Duration) async throws -> WorkerOutcome {
        let inputFile = try MemoryFile("gil-exporter-input", containing: input)
        let outputFile = try MemoryFile("gil-exporter-output")
        let errorFile = try MemoryFile("gil-exporter-errors")
        let result = try await Subprocess.run(
            configuration(words),
            input: .fileDescriptor(FileDescriptor(rawValue: inputFile.descriptor), closeAfterSpawningProcess: false),
            output: .fileDescriptor(FileDescriptor(rawValue: outputFile.descriptor), closeAfterSpawningProcess: false),
            error: .fileDescriptor(FileDescriptor(rawValue: errorFile.descriptor), closeAfterSpawningProcess: false)
        ) { execution in
            await Self.awaitEnd(of: execution.processIdentifier, within: timeLimit)
        }
        try Task.checkCancellation()
        return WorkerOutcome(
            status: result.terminationStatus,
            timedOut: result.closureResult,
            output: outputFile.contents(limit: WorkerProcess.outputLimit),
            errors: errorFile.contents(limit: WorkerProcess.outputLimit)
        )
    }

    private func configuration(_ words: [String]) -> Subprocess.Configuration {
        var options = PlatformOptions()
        // A group of its own, so that all that it starts can be ended with it.
        options.processGroupID = 0
        var environment = Environment.inherit
        for name in hidden { environment = environment.updating([Environment.Key(stringLiteral: name): nil]) }
        return Subprocess.Configuration(
            executable: .path(executable),
            arguments: Arguments(
                executablePathOverride: "gil-exporter",
                remainingValues: ["worker", "--parent", "\(getpid())", "--"] + words
            ),
            environment: environment,
            platformOptions: options
        )
    }

    /// Time between the end of a leader that had to be killed and the end of its group. In it, multiprocessing's
    /// resource tracker, which outlives its process, removes the semaphores that would otherwise stay in /dev/shm.
    private static let grace = Duration.milliseconds(100)

    /// Waits until the process has ended, kills it at the time limit or when the task is cancelled, and in any case
    /// kills what is left of its group before the leader is reaped and its number can be used again.
    ///
    /// - Returns: whether the time limit was reached.
    private static func awaitEnd(of process: ProcessIdentifier, within limit: Duration) async -> Bool {
        let timedOut = await withTaskGroup(of: Bool.self) { race in
            race.addTask {
                await withTaskCancellationHandler {
                    await becomesReadable(process.processDescriptor)
                } onCancel: {
                    kill(process.value, SIGKILL)
                }
                return false
            }
            race.addTask {
                // Cancelled as soon as the process has ended.
                guard (try? await Task.sleep(for: limit)) != nil else { return false }
                kill(process.value, SIGKILL)
                return true
            }
            let timedOut = await race.next() ?? false
            race.cancelAll()
            return timedOut
        }
        if timedOut || Task.isCancelled {
            // Not cancelled with the task around it, which may have been cancelled already.
            await Task { try? await Task.sleep(for: grace) }.value
        }
        kill(-process.value, SIGKILL)
        return timedOut
    }

    /// A process descriptor becomes readable when its process ends: pidfd_open(2).
    private static func becomesReadable(_ descriptor: CInt) async {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
        await withCheckedContinuation { continuation in
            source.setEventHandler { source.cancel() }
            source.setCancelHandler { continuation.resume() }
            source.activate()
        }
    }
}
