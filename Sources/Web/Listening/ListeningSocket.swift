import Glibc
import Linux

/// A listening stream socket, closed with its value.
///
/// NIO would not set close-on-exec on its sockets: a worker process that inherited one would keep the port in use after
/// the daemon has ended.
struct ListeningSocket: ~Copyable {
    private let descriptor: CInt

    /// The maximum number of connections that wait for accept. The kernel limits it to net.core.somaxconn: listen(2).
    private static let backlog: CInt = 128

    /// Takes over the descriptor of a socket that listens already.
    init(adopting descriptor: CInt) throws(ListenError.Reason) {
        guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
            Self.option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue)
        else { throw .notListening }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(SystemError("set close-on-exec")) }
        self.descriptor = descriptor
    }

    /// - Parameters:
    ///   - mode: permission bits of a socket file; nil: 0777 reduced by the umask.
    ///   - prepare: runs between binding and listening, before clients can connect.
    init(
        bindingTo name: SocketName,
        mode: UInt32? = nil,
        prepare: () throws(ListenError.Reason) -> Void = {}
    ) throws(ListenError.Reason) {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(name.family, kind, 0)
        guard descriptor >= 0 else { throw .system(SystemError("create socket")) }
        if name.family != AF_UNIX {
            // A restart must not wait for connections of the last run in TIME_WAIT.
            set(1, level: SOL_SOCKET, option: SO_REUSEADDR)
        }
        if name.family == AF_INET6 {
            // The wildcard also takes IPv4, whatever net.ipv6.bindv6only is: ipv6(7).
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
        // Two sockets with SO_REUSEADDR can be bound to one port, but only one can listen.
        guard listen(descriptor, Self.backlog) == 0 else {
            throw errno == EADDRINUSE ? .addressInUse : .system(SystemError("listen"))
        }
    }

    deinit { close(descriptor) }

    /// Hands over the descriptor, which the caller then has to close.
    consuming func release() -> CInt {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    private borrowing func set(_ value: CInt, level: CInt, option: CInt) {
        var value = value
        // Fails only for invalid arguments: setsockopt(2).
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func option(_ option: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 else { return nil }
        return value
    }
}

extension ListeningSocket {
    /// Binds a TCP address in the first family that this host and the address have.
    static func tcp(host: String?, port: UInt16) throws(ListenError.Reason) -> ListeningSocket {
        // The IPv6 wildcard takes both families. For a name, IPv4 comes first, as in Go's net.Listen and therefore in
        // the flags of other exporters.
        let (preferred, other) = host == nil ? (AF_INET6, AF_INET) : (AF_INET, AF_INET6)
        let first: ListenError.Reason
        do throws(ListenError.Reason) {
            return try ListeningSocket(bindingTo: SocketName(host: host, port: port, family: preferred))
        } catch {
            guard error.concernsFamily else { throw error }
            first = error
        }
        do throws(ListenError.Reason) {
            return try ListeningSocket(bindingTo: SocketName(host: host, port: port, family: other))
        } catch {
            // An address of one family never resolves in the other, so this error adds nothing.
            if case .unresolvable = error { throw first }
            throw error
        }
    }

    /// Binds a socket file and replaces a stale one.
    static func unix(
        path: String,
        access: SocketFileAccess = SocketFileAccess()
    ) throws(ListenError.Reason) -> ListeningSocket {
        let name = SocketName(path: path)
        let group = try access.groupIdentifier
        func bind() throws(ListenError.Reason) -> ListeningSocket {
            try ListeningSocket(bindingTo: name, mode: access.mode) { () throws(ListenError.Reason) in
                guard let group else { return }
                do throws(SystemError) {
                    try SocketFile.give(path, toGroup: group)
                } catch {
                    UnixSocketFile(path: path)?.remove()
                    throw .system(error)
                }
            }
        }
        do throws(ListenError.Reason) {
            return try bind()
        } catch {
            // A socket file outlives its process, and bind(2) never replaces a file.
            guard error == .addressInUse, try UnixSocketFile.removeStale(path: path, name: name) else { throw error }
            return try bind()
        }
    }
}

extension ListenError.Reason {
    /// Whether the other address family may succeed: a kernel without IPv6 has no such sockets or addresses, and a
    /// numeric address resolves only in its own family.
    fileprivate var concernsFamily: Bool {
        switch self {
        case .unresolvable: true
        case .system(let error): error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL
        default: false
        }
    }
}
