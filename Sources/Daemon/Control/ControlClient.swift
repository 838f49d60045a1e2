import Glibc
import Linux

/// The other end of the control socket: asks a running daemon to reload its configuration, and waits for the answer.
package struct ControlClient: Sendable {
    private let path: String
    private let patience: Duration

    /// - Parameter patience: a reload reads one small file; after so long the daemon hangs.
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

    /// All that comes until the daemon hangs up.
    private func ask() throws(SystemError) -> String {
        let address = try UnixSocketAddress(path: path)
        let descriptor = try address.makeSocket()
        defer { close(descriptor) }
        // Both ways: connecting to a full queue waits as long as sending would, unix(7).
        var limit = timeval(
            tv_sec: Int(patience.components.seconds),
            tv_usec: Int(patience.components.attoseconds / 1_000_000_000_000)
        )
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard unsafe address.withPointer({ unsafe connect(descriptor, $0, $1) }) == 0 else {
            throw SystemError("connect")
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("wait for the answer") }
            if count == 0 { return String(decoding: answer, as: UTF8.self) }
            answer += chunk.prefix(count)
        }
    }
}
