import Glibc
import Linux
import Testing

struct StandardStreamTests {
    @Test func `a text is written whole, even if a pipe cannot hold it`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            // Four times what a pipe holds, pipe(7).
            let text = String(repeating: "0123456789abcdef", count: 1 << 14)
            let read = try replaceOutputByPipe()
            // As some programs leave what they share with others.
            _ = fcntl(StandardStream.output.rawValue, F_SETFL, O_NONBLOCK)
            let received = Protected(0)
            let reader = try POSIXThread {
                var buffer = [UInt8](repeating: 0, count: 4096)
                while true {
                    let count = unsafe Glibc.read(read, &buffer, buffer.count)
                    guard count > 0 else { return }
                    received.withLock { $0 += count }
                }
            }
            try StandardStream.output.write(text)
            close(StandardStream.output.rawValue)
            reader.join()
            exit(received.withLock { $0 } == text.utf8.count ? 7 : 1)
        }
    }

    @Test func `a stream without a reader is an error that names it`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            _ = signal(SIGPIPE, SIG_IGN)
            close(try replaceOutputByPipe())
            do throws(SystemError) {
                try StandardStream.output.write("lost")
            } catch {
                exit(error.description == "write to standard output: Broken pipe" ? 7 : 1)
            }
        }
    }

    @Test func `a pipe is not a terminal and has no columns`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            _ = try replaceOutputByPipe()
            exit(!StandardStream.output.isTerminal && StandardStream.output.columns == nil ? 7 : 1)
        }
    }

    @Test func `a terminal is recognised and has columns`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            // The master side of a pseudoterminal answers as a terminal too, ptmx(4).
            let terminal = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var size = winsize(ws_row: 24, ws_col: 132, ws_xpixel: 0, ws_ypixel: 0)
            guard unsafe ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0 else { exit(2) }
            guard dup2(terminal, StandardStream.error.rawValue) >= 0 else { exit(3) }
            exit(StandardStream.error.isTerminal && StandardStream.error.columns == 132 ? 7 : 1)
        }
    }
}

/// Makes standard output of this process a pipe; the other end of it is the result.
private func replaceOutputByPipe() throws -> CInt {
    var ends: [CInt] = [-1, -1]
    guard unsafe pipe(&ends) == 0, dup2(ends[1], StandardStream.output.rawValue) >= 0 else { throw SystemError("pipe") }
    close(ends[1])
    return ends[0]
}
