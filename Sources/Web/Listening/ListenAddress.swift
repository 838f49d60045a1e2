import Linux

/// An address to listen on, as users write it: `:10061`, `host:port`, `[v6]:port`, `unix:/path` or
/// `unix:/path?mode=0660&group=prometheus`.
package enum ListenAddress: Sendable, Hashable {
    /// A host name or a numeric address; nil means every address of this host, IPv6 and IPv4.
    case tcp(host: String?, port: UInt16)
    /// A socket file, and the permissions to connect to it.
    case unix(path: String, access: SocketFileAccess = SocketFileAccess())

    /// Every address of this host, on the port of this exporter.
    package static let standard = ListenAddress.tcp(host: nil, port: 10061)

    package init(_ text: String) throws(ListenAddressError) {
        func refuse(_ problem: ListenAddressError.Problem) -> ListenAddressError {
            ListenAddressError(text: text, problem: problem)
        }
        guard !text.isEmpty else { throw refuse(.empty) }

        if text.hasPrefix("unix:") {
            let parts = text.dropFirst("unix:".count).split(
                separator: "?",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let path = String(parts[0])
            guard path.hasPrefix("/") else { throw refuse(.relativePath(path)) }
            guard path.utf8.count <= UnixSocketAddress.maxPathBytes else { throw refuse(.pathTooLong) }
            guard parts.count == 2 else {
                self = .unix(path: path)
                return
            }
            guard let access = SocketFileAccess(query: parts[1]) else { throw refuse(.access(String(parts[1]))) }
            self = .unix(path: path, access: access)
            return
        }

        guard let colon = text.lastIndex(of: ":") else { throw refuse(.missingPort) }
        var host = text[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]") else { throw refuse(.missingPort) }
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { throw refuse(.notIPv6(String(host))) }
        } else if host.contains(":") {
            throw refuse(.bareIPv6)
        }
        let digits = text[text.index(after: colon)...]
        // UInt16 alone would also accept a sign.
        guard digits.allSatisfy(\.isNumber), let port = UInt16(digits) else { throw refuse(.port(String(digits))) }
        self = .tcp(host: host.isEmpty ? nil : String(host), port: port)
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(nil, let port): ":\(port)"
        case .tcp(let host?, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path, let access): "unix:\(path)\(access)"
        }
    }
}

/// An invalid listen address.
package struct ListenAddressError: Error, Equatable, CustomStringConvertible {
    package enum Problem: Sendable, Equatable {
        case empty
        case missingPort
        case port(String)
        case bareIPv6
        case notIPv6(String)
        case relativePath(String)
        case pathTooLong
        /// An invalid query after the path of a socket file.
        case access(String)
    }

    /// The address as the user wrote it.
    package let text: String
    package let problem: Problem

    package var description: String {
        "listen address \"\(text)\": \(explanation)"
    }

    private var explanation: String {
        switch problem {
        case .empty:
            "is empty; write :10061, host:port, [IPv6]:port or unix:/path"
        case .missingPort where text.allSatisfy(\.isNumber):
            "the colon before the port is missing; write :\(text)"
        case .missingPort:
            "the port is missing; write \(text):10061"
        case .port(let digits):
            "\"\(digits)\" is not a port; write a number from 0 to 65535, where 0 lets the kernel choose"
        case .bareIPv6:
            "an IPv6 address needs brackets to separate it from the port; write [::1]:10061"
        case .notIPv6(let host):
            "only an IPv6 address takes brackets; write \(host) without them"
        case .relativePath(let path):
            "the path of a socket file must be absolute; write unix:/\(path)"
        case .access(let written):
            "\"\(written)\" is not an option of a socket file; write mode=0660, group=NAME or both with & between them"
        case .pathTooLong:
            "the path of a socket file may have at most \(UnixSocketAddress.maxPathBytes) bytes; choose a shorter one"
        }
    }
}
