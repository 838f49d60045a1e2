import Glibc
import Linux

/// The log lines or datagrams of another program, so far and from now on.
final class Transcript: Sendable {
    private struct State {
        var entries: [String] = []
        var isComplete = false
        var followers: [AsyncStream<String>.Continuation] = []
    }

    private let state = Protected(State())

    var entries: [String] { state.withLock { $0.entries } }

    func append(_ entry: String) {
        state.withLock { state in
            state.entries.append(entry)
            for follower in state.followers { follower.yield(entry) }
        }
    }

    /// Ends the transcript.
    func complete() {
        state.withLock { state in
            state.isComplete = true
            for follower in state.followers { follower.finish() }
            state.followers = []
        }
    }

    /// All entries from the start, until the transcript ends or the task is cancelled.
    func follow() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        state.withLock { state in
            for entry in state.entries { continuation.yield(entry) }
            if state.isComplete { continuation.finish() } else { state.followers.append(continuation) }
        }
        return stream
    }

    /// Returns the first entry that contains all parts, as soon as it exists.
    @discardableResult
    func entry(with parts: String...) async throws -> String {
        for await entry in follow() where parts.allSatisfy(entry.contains) { return entry }
        throw NeverSaid(parts: parts, entries: entries)
    }

    /// Returns at the end of the transcript.
    func completed() async {
        for await _ in follow() {}
    }

    struct NeverSaid: Error, CustomStringConvertible {
        let parts: [String]
        let entries: [String]

        var description: String {
            "never said: \(parts.joined(separator: " … ")); but said:\n\(entries.joined(separator: "\n"))"
        }
    }
}

/// A pipe for the lines of a program.
enum LogPipe {
    /// Starts a program and records its lines until the last writer has closed the pipe.
    ///
    /// - Parameter start: gets the descriptor to write to, which the program inherits by dup2(2).
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
