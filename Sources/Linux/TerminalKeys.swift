import Glibc

/// Keys that are pressed on the terminal of standard input. They arrive at once and are not echoed: termios(3).
package final class TerminalKeys: Sendable {
    private let original: termios

    /// - Returns: nil if standard input is not a terminal, or if the program runs in the background: there a change of the
    ///   terminal would stop it, tcsetattr(3).
    package init?() {
        var settings = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0, Self.isInForeground else { return nil }
        original = settings
        enter()
    }

    deinit { restore() }

    /// Waits for a key.
    ///
    /// - Returns: nil at the end of the wait; 0 if the terminal has gone.
    package func next(until end: MonotonicInstant) -> UInt8? {
        // The shell may have changed the terminal while the program was stopped by ^Z.
        if Self.isInForeground { enter() }
        while true {
            let left = max(.zero, end - .now)
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let count = unsafe poll(&input, 1, Int32(clamping: Int64(left.seconds * 1000) + 1))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            // In the background a read would stop the program, too: SIGTTIN.
            guard Self.isInForeground else {
                KernelClock.sleep(until: end)
                return nil
            }
            var key: UInt8 = 0
            let size = unsafe read(STDIN_FILENO, &key, 1)
            if size < 0, errno == EINTR || errno == EAGAIN { continue }
            return size == 1 ? key : 0
        }
    }

    /// Gives the terminal back as it was. In the background the shell does that.
    package func restore() {
        guard Self.isInForeground else { return }
        var settings = original
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    private func enter() {
        var settings = original
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }

    private static var isInForeground: Bool { tcgetpgrp(STDIN_FILENO) == getpgrp() }
}
