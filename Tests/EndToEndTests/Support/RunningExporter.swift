import Glibc
import Linux
import TestSupport

/// The daemon, started as by a service manager, on a port that the kernel chooses.
final class RunningExporter: Sendable {
    let process: ChildProcess
    /// The lines of its standard error.
    let log: Transcript
    /// Its notifications to the service manager.
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

    /// Starts the daemon and returns when it listens.
    ///
    /// - Parameters:
    ///   - configuration: YAML; nil: no configuration at all.
    ///   - environment: added to PATH.
    ///   - launcher: a program that executes the exporter, and its arguments before the exporter's path.
    ///   - isService: whether NOTIFY_SOCKET is set.
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

    /// The endpoint in a log line.
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

    /// The current metrics, parsed strictly.
    func metrics() async throws -> OpenMetricsDocument {
        let accept = "Accept: application/openmetrics-text;version=1.0.0"
        return try OpenMetricsDocument(try await request("/metrics", headers: [accept]).body)
    }

    /// Returns the text of `systemctl status` after a round.
    @discardableResult
    func roundEnded() async throws -> String { try await notifications.entry(with: "STATUS=", "Speedup of") }

    /// Sends a signal and waits for the end of the process.
    func end(_ signal: CInt = SIGTERM) async -> ChildProcess.Ending {
        process.signal(signal)
        return await process.ending
    }
}

/// The labels of a probe's metrics.
struct Series: Hashable, Sendable, CustomStringConvertible {
    let runtime: String
    let probe: String

    init(_ runtime: String, _ probe: String) {
        self.runtime = runtime
        self.probe = probe
    }

    var labels: [String: String] { ["runtime": runtime, "probe": probe] }
    var description: String { "\(runtime) \(probe)" }
}

extension OpenMetricsDocument {
    /// The value of a sample by its family, suffix and labels.
    func value(_ family: String, _ suffix: String, _ labels: [String: String]) -> Double? {
        self[family]?.value(suffix, labels)
    }

    /// The probes that their runtimes support.
    var supportedSeries: Set<Series> {
        let samples = self["gil_probe_supported"]?.samples ?? []
        return Set(
            samples.filter { $0.value == 1 }.map { Series($0.labels["runtime"] ?? "", $0.labels["probe"] ?? "") }
        )
    }

    /// Those whose workers count down.
    var countdownSeries: Set<Series> {
        let samples = self["gil_probe"]?.samples ?? []
        return Set(
            samples.filter { $0.labels["work"] == "countdown" }
                .map { Series($0.labels["runtime"] ?? "", $0.labels["probe"] ?? "") }
        )
    }

    /// The sum of a runtime's failures for one reason.
    func failures(of runtime: String, reason: String) -> Double {
        let samples = self["gil_probe_failures"]?.samples ?? []
        return samples.filter { $0.labels["runtime"] == runtime && $0.labels["reason"] == reason }
            .reduce(0) { $0 + $1.value }
    }
}
