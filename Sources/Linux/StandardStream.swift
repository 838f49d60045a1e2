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

    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try OutputFile.writeAll(bytes, to: rawValue, named: "standard \(self)")
    }
}
