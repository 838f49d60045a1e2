import Linux

/// What another program has said so far, and what it goes on to say: log lines, datagrams.
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

    /// Nothing follows.
    func complete() {
        state.withLock { state in
            state.isComplete = true
            for follower in state.followers { follower.finish() }
            state.followers = []
        }
    }

    /// Everything from the start, then whatever comes, until there is no more or the task is cancelled.
    func follow() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        state.withLock { state in
            for entry in state.entries { continuation.yield(entry) }
            if state.isComplete { continuation.finish() } else { state.followers.append(continuation) }
        }
        return stream
    }

    /// The first entry that has all the parts, as soon as it is there.
    @discardableResult
    func entry(with parts: String...) async throws -> String {
        for await entry in follow() where parts.allSatisfy(entry.contains) { return entry }
        throw NeverSaid(parts: parts, entries: entries)
    }

    /// Returns when there is no more to come.
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
