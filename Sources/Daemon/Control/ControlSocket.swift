import Glibc
import Linux

/// The socket on which `gil-exporter reload` asks the daemon for a reload: each connection is a request, and gets the
/// outcome as its answer.
///
/// A signal has no answer, and a status file cannot say which reload it is about. Here the connection is the request,
/// so there is nothing to parse. The file's permissions decide who may ask, so no client has to authenticate. The
/// kernel closes the connections of a daemon that dies, so no client waits in vain.
final class ControlSocket: Sendable {
    /// Microseconds from an accept that failed to the next one.
    private static let backoff: useconds_t = 100_000

    private let socket: OwnedDescriptor
    private let file: BoundSocketFile?
    private let isClosed = Protected(false)

    /// Listens at `path`. Clients that connect before ``listen(_:)`` wait in the kernel's queue.
    init(path: String) throws(SystemError) {
        let address = try UnixSocketAddress(path: path)
        let socket = try UnixSocketAddress.makeSocket(nonblocking: true)
        // A killed daemon may have left its file. If that cannot be removed, bind(2) reports the reason.
        _ = try? address.removeStaleFile()
        // The mode is there from the start, so that at no moment others may connect: that takes permission to write,
        // unix(7).
        try address.bind(socket, mode: S_IRUSR | S_IWUSR, operation: "bind \(address)")
        guard Glibc.listen(socket.number, 16) == 0 else { throw SystemError("listen on \(address)") }
        self.socket = socket
        file = BoundSocketFile(path: path)
    }

    deinit { file?.remove() }

    /// Hands over each connection, until ``close()``.
    ///
    /// On a thread of its own: a Dispatch source ignores that it cannot be registered (src/event/event_epoll.c,
    /// _dispatch_unote_register_muxed), and then every client would wait for ever.
    func listen(_ connected: @escaping @Sendable (ControlConnection) -> Void) throws(SystemError) {
        try POSIXThread(name: "gil-control") { [self] in
            while !isClosed.withLock({ $0 }) {
                var readable = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
                let isReady = unsafe poll(&readable, 1, -1) > 0
                while case let client = accept(socket.number, nil, nil), client >= 0 {
                    _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                    connected(ControlConnection(adopting: client))
                }
                // Out of descriptors or memory, accept(2): clients stay in the queue, so this would run again at once,
                // for as long as that lasts.
                if !isReady || errno != EAGAIN { usleep(Self.backoff) }
            }
        }.detach()
    }

    /// Accepts no more connections, and refuses those to come.
    func close() {
        isClosed.withLock { $0 = true }
        // Wakes the thread: poll(2) reports a socket that is shut down as readable.
        shutdown(socket.number, CInt(SHUT_RDWR))
    }
}

/// A client that has asked for a reload. The connection is closed with the last reference to this value.
final class ControlConnection: Sendable {
    private let socket: OwnedDescriptor

    /// Takes over a connected stream socket.
    init(adopting descriptor: CInt) { socket = OwnedDescriptor(adopting: descriptor) }

    /// Sends the answer. It fits the buffer of a fresh socket, so this never waits for the client, which may have gone.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.send(socket.number, bytes, bytes.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
    }
}

/// Where the control socket is, unless a flag names another place.
package enum ControlSocketPath {
    private static let name = "control.sock"

    /// In the directory that the service manager made for the service that this process belongs to:
    /// `RuntimeDirectory=`, systemd.exec(5), which is in the environment of `ExecStart=` and of `ExecReload=` alike.
    /// Nil outside of a service.
    package static var inRuntimeDirectory: String? {
        // Several directories are separated by colons.
        Environment.value("RUNTIME_DIRECTORY")?.split(separator: ":").first.map { "\($0)/\(name)" }
    }

    /// In the packaged service, for clients outside of it.
    package static let ofPackagedService = "/run/gil-exporter/\(name)"
}
