import Web

/// Requests for a reload, in the order of their arrival.
struct ReloadRequests: Sendable {
    enum Request: Sendable {
        case signal
        case command(ControlConnection)
        /// A change of the web configuration or of a file that it names.
        case fileChange
        case page(CheckedContinuation<ReloadOutcome, Never>)
    }

    let stream: AsyncStream<Request>
    private let continuation: AsyncStream<Request>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Request.self)
    }

    func add(_ request: Request) { continuation.yield(request) }

    /// Requests a reload, and waits for its outcome.
    func ask() async -> ReloadOutcome {
        await withCheckedContinuation { answer in
            if case .terminated = continuation.yield(.page(answer)) {
                answer.resume(returning: .refused(["the exporter is stopping"]))
            }
        }
    }

    /// Requests up to now are still answered.
    func finish() { continuation.finish() }
}

/// The answer on the control socket.
extension ReloadOutcome {
    private static let words = (reloaded: "reloaded", refused: "refused")

    /// One word on the first line, then the reasons, one per line.
    var answer: String {
        switch self {
        case .reloaded: "\(Self.words.reloaded)\n"
        case .refused(let reasons): ([Self.words.refused] + reasons).map { "\($0)\n" }.joined()
        }
    }

    /// Nil if the answer was cut off in the first line, or is invalid.
    init?(answer: String) {
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        switch lines.first {
        case Self.words.reloaded: self = .reloaded
        case Self.words.refused: self = .refused(Array(lines.dropFirst()))
        default: return nil
        }
    }
}
