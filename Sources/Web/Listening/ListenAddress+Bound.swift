import NIOCore

extension ListenAddress {
    /// What `listener` listens on once it is bound to `bound`: with the port that the kernel chose, and with the
    /// address of an inherited socket.
    init?(of listener: Listener, boundTo bound: SocketAddress?) {
        switch (listener, bound) {
        case (.address(.tcp(let host, _)), let bound?):
            guard let port = bound.port else { return nil }
            self = .tcp(host: host, port: UInt16(port))
        case (.address(let address), _):
            self = address
        case (.inherited, let bound?):
            if let path = bound.pathname {
                self = .unix(path: path)
            } else if let port = bound.port {
                self = .tcp(host: bound.ipAddress == "::" ? nil : bound.ipAddress, port: UInt16(port))
            } else {
                return nil
            }
        case (.inherited, nil):
            return nil
        }
    }
}
