import Glibc
import Linux

/// A stream socket that listens, closed with its value.
///
/// Made here and not by NIO, which sets no close-on-exec on its sockets: a probe's worker process that inherited one
/// would keep the port taken after the daemon has gone.
struct ListeningSocket: ~Copyable {
    private let descriptor: CInt

    /// Connections that wait to be accepted; the kernel lowers it to net.core.somaxconn, listen(2).
    private static let backlog: CInt = 128

    /// Takes over a descriptor that somebody else has bound and listens on.
    init(adopting descriptor: CInt) throws(ListenError.Reason) {
        guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
            Self.option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue)
        else { throw .notListening }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(SystemError("set close-on-exec")) }
        self.descriptor = descriptor
    }

    /// - Parameters:
    ///   - mode: permission bits of a socket file; nil: those that the umask leaves.
    ///   - prepare: runs between binding and listening, while nobody can connect.
    init(
        bindingTo name: SocketName,
        mode: UInt32? = nil,
        prepare: () throws(ListenError.Reason) -> Void = {}
    ) throws(ListenError.Reason) {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(name.family, kind, 0)
        guard descriptor >= 0 else { throw .system(SystemError("create socket")) }
        if name.family != AF_UNIX {
            // A restart must not wait for connections of the last run that linger in TIME_WAIT.
            set(1, level: SOL_SOCKET, option: SO_REUSEADDR)
        }
        if name.family == AF_INET6 {
            // Whatever net.ipv6.bindv6only says, the wildcard takes IPv4 as well: ipv6(7).
            set(0, level: CInt(IPPROTO_IPV6), option: IPV6_V6ONLY)
        }
        do throws(SystemError) {
            try unsafe name.withAddress { address, size in
                Result { () throws(SystemError) in
                    unsafe try SocketFile.bind(descriptor, to: address, size, mode: mode)
                }
            }.get()
        } catch {
            throw error.code == EADDRINUSE ? .addressInUse : .system(error)
        }
        try prepare()
        // Two sockets with SO_REUSEADDR can be bound to one port, but not both listen.
        guard listen(descriptor, Self.backlog) == 0 else {
            throw errno == EADDRINUSE ? .addressInUse : .system(SystemError("listen"))
        }
    }

    deinit { close(descriptor) }

    /// Hands the descriptor over; whoever takes it closes it.
    consuming func release() -> CInt {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    private borrowing func set(_ value: CInt, level: CInt, option: CInt) {
        var value = value
        // Fails for no reason but a wrong argument: setsockopt(2).
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func option(_ option: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 else { return nil }
        return value
    }
}
