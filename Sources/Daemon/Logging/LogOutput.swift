import Glibc
import Linux

/// Where log lines go: a descriptor that other threads, and other processes, write to as well.
struct LogOutput: Sendable {
    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    let descriptor: CInt

    /// Writes a line by a single write(2), so that lines do not mix: what is shorter than PIPE_BUF is never torn apart,
    /// pipe(7). Should less fit, the rest follows. A line that cannot be written is lost: there is nobody to tell.
    ///
    /// It waits as long as nobody reads, also where another process has made the descriptor non-blocking.
    func write(_ line: [UInt8]) {
        SIGPIPEGuard.run {
            var rest = line[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno == EAGAIN {
                    var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    unsafe poll(&room, 1, -1)
                } else if count == 0 || errno != EINTR {
                    return
                }
            }
        }
    }
}

/// Keeps the signal away that a write to a closed pipe or socket raises, and that ends the program: signal(7).
///
/// For one call only: ignoring it for good would be inherited by every program that is started, execve(2).
private enum SIGPIPEGuard {
    static func run(_ body: () -> Void) {
        var pipe = sigset_t()
        var pending = sigset_t()
        var previous = sigset_t()
        unsafe sigemptyset(&pipe)
        unsafe sigaddset(&pipe, SIGPIPE)
        unsafe sigpending(&pending)
        let wasPending = unsafe sigismember(&pending, SIGPIPE) == 1
        unsafe pthread_sigmask(SIG_BLOCK, &pipe, &previous)
        body()
        // The signal goes to the thread that wrote, so it is here by now. One from before is not ours to take.
        if !wasPending {
            var none = timespec()
            unsafe sigtimedwait(&pipe, nil, &none)
        }
        unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
    }
}
