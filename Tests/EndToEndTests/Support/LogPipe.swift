import Glibc
import Linux

/// A pipe that a program writes lines to.
enum LogPipe {
    /// Starts a program and writes down its lines until the last writer has closed the pipe.
    ///
    /// - Parameter start: is given the descriptor to write to, which the program inherits by a dup2(2).
    static func attached(to transcript: Transcript, start: (CInt) throws -> ChildProcess) throws -> ChildProcess {
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe") }
        let (reader, writer) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(writer) }
        let process: ChildProcess
        do {
            process = try start(writer)
        } catch {
            close(reader)
            throw error
        }
        BlockingThread.start {
            var unfinished: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while case let count = unsafe read(reader, &buffer, buffer.count), count > 0 {
                var lines = (unfinished + buffer.prefix(count))
                    .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                unfinished = Array(lines.removeLast())
                for line in lines { transcript.append(String(decoding: line, as: UTF8.self)) }
            }
            close(reader)
            transcript.complete()
        }
        return process
    }
}
