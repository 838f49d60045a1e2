import Glibc
import Linux

extension ListeningSocket {
    /// Binds a TCP address in the first family that this host and the address have.
    static func tcp(host: String?, port: UInt16) throws(ListenError.Reason) -> ListeningSocket {
        // The IPv6 wildcard takes both families. Of a name's addresses IPv4 comes first, as in Go's net.Listen, which
        // the flags of other exporters mean.
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
            // An address of one family does not resolve in the other, which is no news.
            if case .unresolvable = error { throw first }
            throw error
        }
    }

    /// Binds a socket file, replacing one that a dead process has left behind.
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
            // A socket file outlives its socket, and bind(2) never replaces a file.
            guard error == .addressInUse, try UnixSocketFile.removeStale(path: path, name: name) else { throw error }
            return try bind()
        }
    }
}

extension ListenError.Reason {
    /// Whether the other address family may do better: a kernel without IPv6 cannot make its sockets, or has no
    /// address of its kind, and a numeric address resolves in its own family only.
    fileprivate var concernsFamily: Bool {
        switch self {
        case .unresolvable: true
        case .system(let error): error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL
        default: false
        }
    }
}
