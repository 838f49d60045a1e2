import Glibc
package import Linux
import NIOCore

/// The origin of a listening socket.
package enum ListenSource: Sendable, Hashable, CustomStringConvertible {
    /// The exporter binds this address itself.
    case address(ListenAddress)
    /// The service manager has bound the socket and passed it in, as socket activation does: sd_listen_fds(3).
    case inherited(descriptor: CInt)

    package var description: String {
        switch self {
        case .address(let address): address.description
        case .inherited(let descriptor): "inherited descriptor \(descriptor)"
        }
    }

    /// The address after binding: with the port that the kernel chose, or of the inherited socket.
    ///
    /// - Returns: nil for an inherited socket of a family other than IP and unix.
    func address(boundTo bound: SocketAddress?) -> ListenAddress? {
        switch (self, bound) {
        case (.address(.tcp(let host, _)), let bound?):
            return bound.port.map { .tcp(host: host, port: UInt16($0)) }
        case (.address(let address), _):
            return address
        case (.inherited, let bound?):
            if let path = bound.pathname { return .unix(path: path) }
            let host = bound.ipAddress == "::" ? nil : bound.ipAddress
            return bound.port.map { .tcp(host: host, port: UInt16($0)) }
        case (.inherited, nil):
            return nil
        }
    }
}

/// A failure to listen on a socket.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Error, Equatable {
        /// Another process listens on this address.
        case addressInUse
        /// The host is neither an address nor a name that resolves; with the resolver's message.
        case unresolvable(String)
        /// The path of the socket file belongs to a file of another kind.
        case notSocketFile
        /// The inherited descriptor is not a listening stream socket.
        case notListening
        /// The group for the socket file does not exist.
        case unknownGroup(String)
        case system(SystemError)
    }

    package let source: ListenSource
    package let reason: Reason

    package var description: String {
        "listen on \(source): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .addressInUse:
            "address already in use; is another gil-exporter running? choose another with --web.listen-address"
        case .unresolvable(let message):
            "the host does not resolve: \(message); check the name, or write a numeric address"
        case .notSocketFile:
            "the path belongs to a file that is not a socket; remove it, or choose another with --web.listen-address"
        case .notListening:
            "it is not a listening stream socket; the unit that passes it in needs ListenStream= and Accept=no"
        case .unknownGroup(let name):
            "this host has no group \"\(name)\"; create it, or choose another"
        case .system(let error) where error.code == EACCES:
            "\(error); ports below 1024 need CAP_NET_BIND_SERVICE, and a socket file needs a writable folder"
        case .system(let error) where error.code == EADDRNOTAVAIL:
            "\(error); no interface of this host has this address"
        case .system(let error) where error.code == ENOENT:
            "\(error); create the folder first, or let systemd create it with RuntimeDirectory="
        case .system(let error):
            error.description
        }
    }
}
