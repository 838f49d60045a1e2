/// Something that one task waits for and another lets happen.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    /// Returns when the gate is open, or the task cancelled.
    func passed() async {
        for await _ in stream {}
    }
}
