import Dispatch
import Glibc
import Linux

/// Where `gil-exporter reload` finds the daemon: a unix socket on which a connection asks for a reload, and is told what
/// became of it.
///
/// A signal has no answer, and a status file cannot say which reload it is about. Here the connection is the question,
/// so there is nothing to parse; the file's permissions say who may ask, so there is nobody to authenticate; and the
/// connection of a daemon that dies is closed by the kernel, so nobody waits for it in vain.
final class ControlSocket: Sendable {
    /// Microseconds from an accept that failed to the next.
    private static let backoff: useconds_t = 100_000

    private let descriptor: CInt
    private let address: UnixSocketAddress
    /// Of the file, as it was after bind(2).
    private let file: (device: dev_t, inode: ino_t)?

    /// Listens at `path`. Who connects before ``listen(_:)`` waits in the kernel's queue.
    init(path: String) throws(SystemError) {
        address = try UnixSocketAddress(path: path)
        descriptor = try Self.listeningSocket(at: address)
        file = DirectoryEntry(path: path).status.map { ($0.st_dev, $0.st_ino) }
    }

    deinit {
        if let file { address.removeFile(device: file.device, inode: file.inode) }
        close(descriptor)
    }

    /// Hands over each connection, until what it returns is cancelled.
    func listen(_ connected: @escaping @Sendable (ControlConnection) -> Void) -> any DispatchSourceRead {
        let queue = DispatchQueue(label: "gil-exporter.control")
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [self] in
            while case let client = accept(descriptor, nil, nil), client >= 0 {
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                connected(ControlConnection(adopting: client))
            }
            // Out of descriptors or memory, accept(2): who waits stays in the queue, so the source would fire again at
            // once, and for as long as that lasts. The queue is this socket's alone, so nobody else waits here.
            if errno != EAGAIN { usleep(Self.backoff) }
        }
        source.activate()
        return source
    }

    private static func listeningSocket(at address: UnixSocketAddress) throws(SystemError) -> CInt {
        let descriptor = try address.makeSocket(nonblocking: true)
        do throws(SystemError) {
            // What a killed daemon has left.
            address.removeAbandonedFile()
            // There is no moment at which others may connect: that takes permission to write, unix(7).
            unsafe try address.withPointer { name, size throws(SystemError) in
                unsafe try SocketFile.bind(
                    descriptor,
                    to: name,
                    size,
                    mode: S_IRUSR | S_IWUSR,
                    operation: "bind \(address)"
                )
            }
            guard Glibc.listen(descriptor, 16) == 0 else { throw SystemError("listen on \(address)") }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }
}
