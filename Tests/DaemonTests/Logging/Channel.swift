import Glibc

/// Two connected descriptors, to read what is written to a log.
struct Channel {
    let reader: CInt
    let writer: CInt

    static func pipe() -> Channel {
        var ends: [CInt] = [-1, -1]
        unsafe Glibc.pipe(&ends)
        return Channel(reader: ends[0], writer: ends[1])
    }

    static func socketPair() -> Channel {
        var ends: [CInt] = [-1, -1]
        unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
        return Channel(reader: ends[0], writer: ends[1])
    }

    /// What comes out until the writers are gone.
    func content() -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe read(reader, &buffer, buffer.count)
            guard count > 0 else { return content }
            content += buffer.prefix(count)
        }
    }
}
