import Glibc

/// Somebody who has asked for a reload; hung up on when nobody keeps the value any more.
final class ControlConnection: Sendable {
    private let descriptor: CInt

    /// Takes over a connected stream socket.
    init(adopting descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Sends the answer. It fits the buffer of a fresh socket, so it never waits for who asked; and whether they are
    /// still there is their affair.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
    }
}
