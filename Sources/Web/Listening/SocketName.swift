import Glibc

/// A socket address as the kernel takes it: its family and its bytes.
struct SocketName: Sendable {
    let family: CInt
    private let bytes: [UInt8]

    /// The name of a socket file, unix(7).
    init(path: String) {
        family = AF_UNIX
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            // The last byte stays zero.
            unsafe field.copyBytes(from: path.utf8.prefix(ListenAddress.maxPathLength))
        }
        bytes = unsafe withUnsafeBytes(of: &address) { unsafe Array($0) }
    }

    /// Looks `host` up in one family, getaddrinfo(3); nil is the wildcard address.
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
