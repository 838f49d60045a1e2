import ArgumentParser
import Daemon
import Glibc
import Linux
import Probing

/// `gil-exporter worker`: the process that the daemon starts for every probe. People do not type it.
struct Worker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Do one job of the worker protocol.",
        shouldDisplay: false
    )

    @Option(help: "The process that started this one; the worker ends with it.")
    var parent: Int32

    @Argument(help: "The program that does the job, if not this one, and the job in JSON.")
    var words: [String]

    func run() throws {
        do {
            try WorkerSupervisor.split(parent: parent)
        } catch {
            complain("\(error)")
            throw ExitCode(WorkerProcess.cannotExecute)
        }
        let began = KernelClock.monotonic()
        WorkerProcess.enter()
        guard words.count == 1 else {
            let (status, error) = WorkerProcess.execute(words)
            complain("\(error)")
            throw ExitCode(status)
        }
        do {
            let job = try WorkerJob(parsing: words[0])
            let document = try answer(job, began: began)
            if let channel = job.report, channel.isOpen {
                try channel.write(document)
            } else {
                try StandardStream.output.write(document)
            }
        } catch let refusal as JobRefusal {
            complain("\(refusal)")
            throw ExitCode(JobRefusal.exitStatus)
        } catch {
            complain("\(error)")
            throw ExitCode.failure
        }
    }

    private func answer(_ job: WorkerJob, began: UInt64) throws -> [UInt8] {
        // The path is only shown, so the job does not fail without it.
        let path = (try? SymbolicLink.target(of: "/proc/self/exe")) ?? "gil-exporter"
        let description = NativeWorker.describe(version: BuildInfo.version, path: path, for: job)
        switch job.task {
        case .describe:
            return try WorkerJSON.encode(description)
        case .run:
            var report = try NativeWorker.run(job, began: began)
            report.runtime = description
            return try WorkerJSON.encode(report)
        }
    }

    private func complain(_ text: String) {
        // If even that fails, the exit status still reports the failure.
        try? StandardStream.error.write("gil-exporter worker: \(text)\n")
    }
}
