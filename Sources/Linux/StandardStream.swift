import Glibc

/// The standard streams that a command line program writes to: stdin(3).
package enum StandardStream: CInt, Sendable {
    case output = 1
    case error = 2

    /// Whether a person is likely to read it: isatty(3).
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Columns of the terminal. Nil where this is not a terminal, or its size is unknown: ioctl_tty(2).
    package var columns: Int? { size.flatMap { $0.ws_col > 0 ? Int($0.ws_col) : nil } }

    /// Lines of the terminal, with the same exceptions.
    package var lines: Int? { size.flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil } }

    private var size: winsize? {
        var size = winsize()
        return unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }

    package func write(_ text: String) throws(SystemError) { try write([UInt8](text.utf8)) }

    /// Writes all of it, in as many calls as that takes.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Another process that shares the terminal or pipe has made it non-blocking: they share the flag,
                // open(2).
                var room = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&room, 1, -1)
                continue
            }
            guard count > 0 else { throw SystemError("write to standard \(self)") }
            rest = rest.dropFirst(count)
        }
    }
}
