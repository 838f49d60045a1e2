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
        } catch let refusal as JobRefusal {
            complain("\(refusal)")
            throw ExitCode(JobRefusal.exitStatus)
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }

    private func answer(_ json: String, began: UInt64) throws -> [UInt8] {
        let job = try WorkerJob(parsing: json)
        switch job.task {
        case .describe:
            let path = try SymbolicLink.target(of: "/proc/self/exe")
            return try WorkerJSON.encode(NativeWorker.describe(version: BuildInfo.version, path: path))
        case .run:
            return try WorkerJSON.encode(NativeWorker.run(job, began: began))
        }
    }

    private func complain(_ text: String) {
        // When even that fails, the exit status says what is left to say.
        try? StandardStream.error.write("gil-exporter worker: \(text)\n")
    }
}
