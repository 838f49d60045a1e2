import Glibc
import Linux

/// A listening stream socket, closed with its value.
///
/// NIO would not set close-on-exec on its sockets: a worker process that inherited one would keep the port in use after
/// the daemon has ended.
struct ListeningSocket: ~Copyable {
    private let socket: OwnedDescriptor

    /// The maximum number of connections that wait for accept. The kernel limits it to net.core.somaxconn: listen(2).
    private static let backlog: CInt = 128

    /// Takes over the descriptor of a socket that listens already.
    init(adopting descriptor: CInt) throws(ListenError.Reason) {
        guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
            Self.option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue)
        else { throw .notListening }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(SystemError("set close-on-exec")) }
        socket = OwnedDescriptor(adopting: descriptor)
    }

    /// Starts to listen on a bound socket.
    private init(bound socket: consuming OwnedDescriptor) throws(ListenError.Reason) {
        // Two sockets with SO_REUSEADDR can be bound to one port, but only one can listen.
        guard listen(socket.number, Self.backlog) == 0 else { throw ListenError.Reason(SystemError("listen")) }
        self.socket = socket
    }

    /// Binds a TCP address in the first family that this host and the address have.
    static func tcp(host: String?, port: UInt16) throws(ListenError.Reason) -> ListeningSocket {
        // The IPv6 wildcard takes both families. For a name, IPv4 comes first, as in Go's net.Listen and therefore in
        // the flags of other exporters.
        let (preferred, other) = host == nil ? (AF_INET6, AF_INET) : (AF_INET, AF_INET6)
        let first: ListenError.Reason
        do throws(ListenError.Reason) {
            return try tcp(InternetAddress(host: host, port: port, family: preferred))
        } catch {
            guard error.concernsFamily else { throw error }
            first = error
        }
        do throws(ListenError.Reason) {
            return try tcp(InternetAddress(host: host, port: port, family: other))
        } catch {
            // An address of one family never resolves in the other, so this error adds nothing.
            if case .unresolvable = error { throw first }
            throw error
        }
    }

    private static func tcp(_ address: InternetAddress) throws(ListenError.Reason) -> ListeningSocket {
        let descriptor = Glibc.socket(address.family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(SystemError("create socket")) }
        let socket = OwnedDescriptor(adopting: descriptor)
        // A restart must not wait for connections of the last run in TIME_WAIT.
        set(1, level: SOL_SOCKET, option: SO_REUSEADDR, of: descriptor)
        if address.family == AF_INET6 {
            // The wildcard also takes IPv4, whatever net.ipv6.bindv6only is: ipv6(7).
            set(0, level: CInt(IPPROTO_IPV6), option: IPV6_V6ONLY, of: descriptor)
        }
        guard unsafe address.withAddress({ unsafe Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw ListenError.Reason(SystemError("bind"))
        }
        return try ListeningSocket(bound: socket)
    }

    /// Binds a socket file and replaces a stale one.
    static func unix(
        path: String,
        access: SocketFileAccess = SocketFileAccess()
    ) throws(ListenError.Reason) -> ListeningSocket {
        let group = try access.groupIdentifier
        let address = try system { () throws(SystemError) in try UnixSocketAddress(path: path) }
        let descriptor = try system { () throws(SystemError) in try UnixSocketAddress.makeSocket().release() }
        let socket = OwnedDescriptor(adopting: descriptor)
        do throws(SystemError) {
            try address.bind(socket, mode: access.mode)
        } catch {
            // A socket file outlives its process, and bind(2) never replaces a file.
            guard error.code == EADDRINUSE else { throw .system(error) }
            switch try system({ () throws(SystemError) in try address.removeStaleFile() }) {
            case .removed: break
            case .inUse: throw .addressInUse
            case .notSocket: throw .notSocketFile
            }
            do throws(SystemError) {
                try address.bind(socket, mode: access.mode)
            } catch {
                throw ListenError.Reason(error)
            }
        }
        if let group {
            do throws(SystemError) {
                try SocketFile.give(path, toGroup: group)
            } catch {
                BoundSocketFile(path: path)?.remove()
                throw .system(error)
            }
        }
        return try ListeningSocket(bound: socket)
    }

    /// Hands over the descriptor, which the caller then has to close.
    consuming func release() -> CInt { socket.release() }

    private static func system<Value>(_ call: () throws(SystemError) -> Value) throws(ListenError.Reason) -> Value {
        try Result(catching: call).mapError(ListenError.Reason.init).get()
    }

    private static func set(_ value: CInt, level: CInt, option: CInt, of descriptor: CInt) {
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

/// An address of TCP in the kernel's form: its family and its bytes.
struct InternetAddress: Sendable {
    let family: CInt
    private let bytes: [UInt8]

    /// Resolves `host` in one family, getaddrinfo(3); nil is the wildcard address.
    init(host: String?, port: UInt16, family: CInt) throws(ListenError.Reason) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = family
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard code == 0, let first = unsafe found else {
            throw .unresolvable(unsafe String(cString: gai_strerror(code)))
        }
        defer { unsafe freeaddrinfo(first) }
        self.family = unsafe first.pointee.ai_family
        bytes = unsafe Array(UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(first.pointee.ai_addrlen)))
    }

    func withAddress<Result>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result) -> Result {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}

extension ListenError.Reason {
    fileprivate init(_ error: SystemError) {
        self = error.code == EADDRINUSE ? .addressInUse : .system(error)
    }

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
