import Glibc

/// Where a command line program writes to: stdin(3).
package enum StandardStream: CInt, Sendable {
    case output = 1
    case error = 2

    /// Whether a person is likely to look at it: isatty(3).
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Columns of the terminal; nil where it is none, or does not tell: ioctl_tty(2).
    package var columns: Int? {
        var size = winsize()
        guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    package func write(_ text: String) throws(SystemError) { try write([UInt8](text.utf8)) }

    /// Writes all of it, however often that takes.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Whoever shares the terminal or the pipe has made it non-blocking: the flag is inherited, open(2).
                var room = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&room, 1, -1)
                continue
            }
            guard count > 0 else { throw SystemError("write to standard \(self)") }
            rest = rest.dropFirst(count)
        }
    }
}
