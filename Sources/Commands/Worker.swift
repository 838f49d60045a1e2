import ArgumentParser
import Daemon
import Glibc
import Linux
import Probing

/// `gil-exporter worker`: what the daemon starts for every probe; nothing that a person types.
struct Worker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Does one job of the worker protocol.",
        shouldDisplay: false
    )

    @Option(help: "The process that started this one; the worker ends with it.")
    var parent: Int32

    @Argument(help: "The program that is to do the job, if it is another one; and the job, in JSON.")
    var words: [String]

    func run() throws {
        let began = KernelClock.monotonic()
        WorkerProcess.enter(parent: parent)
        guard words.count == 1 else {
            let (status, error) = WorkerProcess.execute(words)
            complain("\(error)")
            throw ExitCode(status)
        }
        do {
            let report = try answer(words[0], began: began)
            try StandardStream.output.write(report)
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }

    private func answer(_ json: String, began: UInt64) throws -> [UInt8] {
        let job = try WorkerJSON.decode(WorkerJob.self, from: [UInt8](json.utf8))
        switch job.task {
        case .describe:
            let path = try SymbolicLink.target(of: "/proc/self/exe")
            return try WorkerJSON.encode(NativeWorker.describe(version: BuildInfo.version, path: path))
        case .run:
            guard let probe = job.probe, let workers = job.workers, let iterations = job.iterations else {
                throw ValidationError("a job to run needs a probe, workers and iterations")
            }
            let report = try NativeWorker.run(
                probe,
                workers: workers,
                iterations: iterations,
                switchInterval: job.switchIntervalNanoseconds,
                began: began
            )
            return try WorkerJSON.encode(report)
        }
    }

    private func complain(_ text: String) {
        // When even that fails, the exit status says what is left to say.
        try? StandardStream.error.write("gil-exporter worker: \(text)\n")
    }
}
