import Linux

/// Lets a round or a probe on demand run, one after another: two at a time would disturb each other.
final class ProbingTurn: Sendable {
    private struct State: Sendable {
        var isTaken = false
        /// In the order of their requests.
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var next = 0
    }

    private let state = Protected(State())

    /// Waits for its turn, then runs `body`.
    ///
    /// - Throws: the errors of `body`, and `CancellationError` when the task is cancelled while it waits.
    func take<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await wait()
        defer { pass() }
        return try await body()
    }

    private func wait() async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Swift.Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.isTaken else {
                        state.isTaken = true
                        return .success(())
                    }
                    state.waiting.append((number, continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiting.remove(at: index).continuation
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    private func pass() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
