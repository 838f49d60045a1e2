import Glibc
import Linux
import TestSupport

/// A named pipe that a worker, and all that it starts, hold open: so a test sees that they live, and awaits their end.
final class LifeLine: Sendable {
    let path: String
    private let reader: CInt

    init(in folder: TemporaryFolder) throws {
        path = "\(folder.path)/life-line"
        guard unsafe mkfifo(path, 0o600) == 0 else { throw SystemError("mkfifo \(path)") }
        // Does not wait for a writer, fifo(7).
        reader = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard reader >= 0 else { throw SystemError("open \(path)") }
    }

    deinit { close(reader) }

    /// Opens the writing end and closes it: then the end of the pipe is told even if no worker comes to open it.
    func openedOnce() throws -> LifeLine {
        let writer = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard writer >= 0 else { throw SystemError("open \(path)") }
        close(writer)
        return self
    }

    /// What was written next; nothing when there is nobody left who could write.
    ///
    /// Waits on a thread of its own: the shared ones are few, and what is waited for needs them.
    func next() async throws -> String {
        let (texts, continuation) = AsyncStream.makeStream(of: String.self)
        let thread = try POSIXThread { [reader] in
            continuation.yield(Self.read(reader))
            continuation.finish()
        }
        let text = await texts.first { _ in true }
        thread.join()
        return text ?? ""
    }

    private static func read(_ reader: CInt) -> String {
        var event = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        // Linux tells a pipe's end only after there was somebody at the other one: fs/pipe.c, pipe_poll.
        while unsafe poll(&event, 1, -1) < 0, errno == EINTR {}
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = unsafe Glibc.read(reader, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
