import Glibc
import NIOCore

/// The origin of a connection for fair turns: all connections of one source share one turn.
enum ClientSource: Hashable, Sendable {
    case ipv4(UInt32)
    /// The network of 64 bits. A host or a site may use any address in its network: RFC 7421.
    case ipv6([UInt8])
    /// The user at the other end of a unix socket.
    case user(uid_t)
    case unknown

    init(_ channel: any Channel) {
        switch channel.remoteAddress {
        // The address follows family and port in sockaddr_in, and also the flow label in sockaddr_in6: ip(7), ipv6(7).
        case .v4(let address)?: self.init(ipv4: Self.bytes(SocketAddress.v4(address), 4..<8))
        case .v6(let address)?: self.init(ipv6: Self.bytes(SocketAddress.v6(address), 8..<24))
        case .unixDomainSocket?, nil: self = Self.peer(of: channel).map(Self.user) ?? .unknown
        }
    }

    init(ipv4 bytes: some Sequence<UInt8>) { self = .ipv4(bytes.reduce(0) { $0 << 8 | UInt32($1) }) }

    init(ipv6 bytes: [UInt8]) {
        // An IPv6 wildcard socket shows IPv4 clients as ::ffff:a.b.c.d: RFC 4291, 2.5.5.2.
        let isMapped = bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
        self = isMapped ? Self(ipv4: bytes.dropFirst(12)) : .ipv6(Array(bytes.prefix(8)))
    }

    private static func bytes(_ address: SocketAddress, _ range: Range<Int>) -> [UInt8] {
        unsafe address.withSockAddr { pointer, size in
            unsafe Array(UnsafeRawBufferPointer(start: pointer, count: size)[range])
        }
    }

    /// SO_PEERCRED returns pid, uid and gid of the client: unix(7).
    private static func peer(of channel: any Channel) -> uid_t? {
        try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable { (descriptor: NIOBSDSocket.Handle) in
            var credentials: [UInt32] = [0, 0, 0]
            var size = socklen_t(MemoryLayout<UInt32>.size * credentials.count)
            let code = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
            return code == 0 ? credentials[1] : nil
        } ?? nil
    }
}
