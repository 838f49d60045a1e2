import Glibc
package import Linux

/// A socket that cannot be listened on.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Error, Equatable {
        /// Something answers on this address.
        case addressInUse
        /// The host part is no address and no name that resolves; with the resolver's words.
        case unresolvable(String)
        /// The path of the socket file is taken by something that is no socket.
        case notSocketFile
        /// The descriptor that was passed in is no listening stream socket.
        case notListening
        /// The socket file cannot be given to a group that there is not.
        case unknownGroup(String)
        case system(SystemError)
    }

    package let listener: Listener
    package let reason: Reason

    package var description: String {
        "listen on \(listener): \(explanation)"
    }

    private var explanation: String {
        switch reason {
        case .addressInUse:
            "address already in use; is another gil-exporter running? choose another with --web.listen-address"
        case .unresolvable(let words):
            "the host does not resolve: \(words); check the name, or write a numeric address"
        case .notSocketFile:
            "a file that is no socket has this path; remove it, or choose another with --web.listen-address"
        case .notListening:
            "it is no listening stream socket; the unit that passes it in needs ListenStream= and Accept=no"
        case .unknownGroup(let name):
            "there is no group \"\(name)\" on this host; create it, or write another"
        case .system(let error) where error.code == EACCES:
            "\(error); ports below 1024 need CAP_NET_BIND_SERVICE, a socket file needs a folder that can be written to"
        case .system(let error) where error.code == EADDRNOTAVAIL:
            "\(error); no interface of this host has this address"
        case .system(let error) where error.code == ENOENT:
            "\(error); create the folder first, or let systemd do it with RuntimeDirectory="
        case .system(let error):
            error.description
        }
    }
}
