import Glibc
package import Linux
package import Web

/// Asks a running daemon over its control socket to reload its configuration, and waits for the answer.
package struct ControlClient: Sendable {
    private let path: String
    private let patience: Duration

    /// - Parameter patience: a reload reads one small file; a daemon that takes longer hangs.
    package init(path: String, patience: Duration = .seconds(30)) {
        self.path = path
        self.patience = patience
    }

    package func reload() throws(ControlError) -> ReloadOutcome {
        let answer: String
        do throws(SystemError) {
            answer = try ask()
        } catch {
            throw ControlError(path: path, reason: error)
        }
        guard let outcome = ReloadOutcome(answer: answer) else { throw ControlError(path: path, reason: nil) }
        return outcome
    }

    /// Reads until the daemon closes the connection.
    private func ask() throws(SystemError) -> String {
        let address = try UnixSocketAddress(path: path)
        let socket = try UnixSocketAddress.makeSocket()
        socket.limitWaits(to: patience)
        try address.connect(socket)
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe socket.read(into: $0) }
            guard count >= 0 else { throw SystemError("wait for the answer") }
            if count == 0 { return String(decoding: answer, as: UTF8.self) }
            answer += chunk.prefix(count)
        }
    }
}

/// A daemon that could not be asked, or did not answer.
package struct ControlError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// Nil when the daemon closed the connection without an answer.
    package let reason: SystemError?

    package var description: String {
        guard let reason else { return "\(path): the exporter ended before it answered" }
        return switch reason.code {
        case ENOENT, ECONNREFUSED:
            "\(path): no exporter listens there; is it running, and with this --control.socket?"
        case EACCES:
            "\(path): permission denied; run this as the exporter's user, or as root"
        case EAGAIN:
            "\(path): the exporter does not answer"
        default:
            "\(path): \(reason)"
        }
    }
}
