/// One task waits for another one to open the gate.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    /// Returns when the gate is open or the task is cancelled.
    func passed() async {
        for await _ in stream {}
    }
}
