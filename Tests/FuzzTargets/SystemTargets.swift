import Glibc
import Linux
import TestSupport
import Web

@testable import Daemon
@testable import Systemd

extension FuzzTarget {
    /// The answer of a daemon on its control socket, as `gil-exporter reload` reads it.
    static let controlSocket = FuzzTarget("control-socket", maxLength: 8192, testExecutions: 200) { input in
        let bytes = input.all()
        let text = String(decoding: bytes, as: UTF8.self)
        let parsed = ReloadOutcome(answer: text)
        if let parsed {
            try require(ReloadOutcome(answer: parsed.answer) == parsed, "an answer is read as it is written")
        }
        switch daemon.ask(bytes) {
        case .success(let outcome):
            try require(outcome == parsed, "the client reads what was sent")
        case .failure(let error):
            try require(error.reason == nil && parsed == nil, "only an invalid answer is refused: \(error)")
        }
    }

    private static let daemon = FuzzedDaemon()

    /// The variables by which systemd passes sockets, the watchdog, the journal and the notification socket.
    static let environment = FuzzTarget("environment", maxLength: 1024) { input in
        let values = variables.map { name in (name, input.text()) }
        for (name, value) in values where !value.isEmpty { _ = unsafe setenv(name, value, 1) }
        _ = unsafe setenv("LISTEN_PID", "\(getpid())", 1)
        defer { for name in variables + ["LISTEN_PID"] { _ = unsafe unsetenv(name) } }
        if let interval = try? WatchdogInterval.fromEnvironment() {
            try require(interval >= WatchdogInterval.minimum, "a watchdog interval is not shorter than the shortest")
        }
        _ = JournalStream.isStandardError
        if let sockets = try? InheritedSockets.take() {
            for socket in sockets {
                try require(socket.descriptor >= 3, "the standard streams are not inherited sockets")
            }
        }
        _ = ControlSocketPath.inRuntimeDirectory
        // An address of a virtual machine would be connected to.
        guard values.last?.1.hasPrefix("vsock") == false else { return }
        try? Notifier().notify([.status(input.text()), .ready])
    }

    private static let variables = [
        "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM", "RUNTIME_DIRECTORY", "LISTEN_FDS", "LISTEN_FDNAMES",
        "NOTIFY_SOCKET",
    ]
}

/// A daemon that answers with given bytes.
private final class FuzzedDaemon: Sendable {
    private let folder: TemporaryFolder
    private let path: String
    private let answer = Protected<[UInt8]>([])

    init() {
        do {
            folder = try TemporaryFolder()
            path = folder.file("control")
            let socket = try UnixSocketAddress.makeSocket()
            try UnixSocketAddress(path: path).bind(socket, mode: nil)
            guard listen(socket.number, 16) == 0 else { throw SystemError("listen") }
            let descriptor = socket.release()
            try POSIXThread(name: "daemon") { [answer] in
                while case let client = accept(descriptor, nil, nil), client >= 0 {
                    let bytes = answer.withLock { $0 }
                    _ = unsafe send(client, bytes, bytes.count, CInt(MSG_NOSIGNAL))
                    close(client)
                }
            }.detach()
        } catch {
            fatalError("no daemon: \(error)")
        }
    }

    func ask(_ bytes: [UInt8]) -> Result<ReloadOutcome, ControlError> {
        answer.withLock { $0 = bytes }
        return Result { () throws(ControlError) in
            try ControlClient(path: path, patience: .seconds(5)).reload()
        }
    }
}
