/// Those who have asked for a reload, in the order in which they came.
struct ReloadRequests: Sendable {
    enum Request: Sendable {
        case signal
        case command(ControlConnection)
        /// Of the web configuration, or of what it names.
        case fileChange
        case page(CheckedContinuation<ReloadOutcome, Never>)
    }

    let requests: AsyncStream<Request>
    private let asked: AsyncStream<Request>.Continuation

    init() {
        (requests, asked) = AsyncStream.makeStream(of: Request.self)
    }

    func add(_ request: Request) { asked.yield(request) }

    /// Asks, and waits for the answer.
    func ask() async -> ReloadOutcome {
        await withCheckedContinuation { continuation in
            if case .terminated = asked.yield(.page(continuation)) {
                continuation.resume(returning: .refused(["the exporter is stopping"]))
            }
        }
    }

    /// Those who have asked by now are still answered.
    func finish() { asked.finish() }
}
