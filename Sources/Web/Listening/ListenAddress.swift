/// Where connections are accepted, as somebody types it: `:10061`, `host:port`, `[v6]:port`, `unix:/path` or
/// `unix:/path?mode=0660&group=prometheus`.
package enum ListenAddress: Sendable, Hashable {
    /// A host name or a numeric address; nil is every address of this host, IPv6 and IPv4.
    case tcp(host: String?, port: UInt16)
    /// A socket file, and who may connect to it.
    case unix(path: String, access: SocketFileAccess = SocketFileAccess())

    /// Every address of this host, on the port of this exporter.
    package static let standard = ListenAddress.tcp(host: nil, port: 10061)

    /// Longest path of a socket file: `sun_path` is 108 bytes with its terminating zero, unix(7).
    static let longestPath = 107

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
            guard path.utf8.count <= Self.longestPath else { throw refuse(.pathTooLong) }
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
        // UInt16 alone would take a sign as well.
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
