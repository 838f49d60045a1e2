import Glibc
import Linux
import TestSupport

/// The daemon, started as a service manager starts it, on a port that the kernel chooses.
final class RunningExporter: Sendable {
    let process: ChildProcess
    /// What it writes to its standard error, line by line.
    let log: Transcript
    /// What it tells the service manager.
    let notifications: Transcript
    let endpoint: Endpoint
    private let folder: TemporaryFolder
    private let notifySocket: NotifySocket?

    private init(
        _ process: ChildProcess,
        _ log: Transcript,
        _ endpoint: Endpoint,
        _ folder: TemporaryFolder,
        _ socket: NotifySocket?
    ) {
        self.process = process
        self.log = log
        self.endpoint = endpoint
        self.folder = folder
        notifySocket = socket
        let notifications = Transcript()
        socket?.receiveAll({ notifications.append($0) }, end: { notifications.complete() })
        self.notifications = notifications
    }

    /// Starts it and returns when it listens.
    ///
    /// - Parameters:
    ///   - configuration: YAML; nil: no configuration at all.
    ///   - environment: beside what a program needs in order to be found.
    ///   - launcher: a program that becomes the exporter, and its arguments before the exporter's path.
    ///   - isService: whether there is a service manager that wants to be notified.
    static func start(
        _ arguments: [String] = [],
        configuration: String? = nil,
        listening address: String = "127.0.0.1:0",
        environment: [String: String] = [:],
        under launcher: [String] = [],
        isService: Bool = true
    ) async throws -> RunningExporter {
        let folder = try TemporaryFolder()
        var arguments = arguments + ["--web.listen-address=\(address)"]
        if let configuration {
            arguments.append("--config.file=\(try folder.write(configuration, to: "gil-exporter.yml"))")
        }
        var variables = [String: String].searchPath.merging(environment) { $1 }
        let socket = isService ? try NotifySocket(address: folder.file("notify")) : nil
        if let socket { variables["NOTIFY_SOCKET"] = socket.address }
        let log = Transcript()
        let process = try LogPipe.attached(to: log) { descriptor in
            let words = launcher + [Binary.path] + arguments
            return try ChildProcess(
                words[0],
                Array(words.dropFirst()),
                environment: variables,
                descriptors: [0, descriptor, descriptor]
            )
        }
        let line = try await log.entry(with: "msg=Listening", "address=")
        return RunningExporter(process, log, try endpoint(in: line), folder, socket)
    }

    /// Where a line of the log says that the daemon listens.
    private static func endpoint(in line: String) throws -> Endpoint {
        guard let address = line.split(separator: "address=").last else {
            throw SystemError("parse \(line)", code: EINVAL)
        }
        if address.hasPrefix("unix:") { return .path(String(address.dropFirst("unix:".count))) }
        guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw SystemError("parse \(line)", code: EINVAL)
        }
        return .port(port)
    }

    func request(_ target: String, method: String = "GET", headers: [String] = []) async throws -> HTTPResponse {
        try await HTTPResponse.of(target, at: endpoint, method: method, headers: headers)
    }

    /// Everything that it exports now, read strictly.
    func metrics() async throws -> OpenMetricsDocument {
        let accept = "Accept: application/openmetrics-text;version=1.0.0"
        return try OpenMetricsDocument(try await request("/metrics", headers: [accept]).body)
    }

    /// Returns when a round has ended, with what `systemctl status` shows then.
    @discardableResult
    func roundEnded() async throws -> String { try await notifications.entry(with: "STATUS=Speedup of") }

    /// Sends a signal and waits for the end.
    func end(_ signal: CInt = SIGTERM) async -> ChildProcess.Ending {
        process.signal(signal)
        return await process.ending
    }
}
