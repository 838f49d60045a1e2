import Linux
import Testing

@testable import Probing

@Suite(.timeLimit(.minutes(1)))
struct ProbingTurnTests {
    private let turn = ProbingTurn()

    @Test func `one task at a time has the turn`() async throws {
        let (inside, most) = (Protected(0), Protected(0))
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { [turn] in
                    try await turn.take {
                        let now = inside.withLock { count in
                            count += 1
                            return count
                        }
                        most.withLock { $0 = max($0, now) }
                        await Task.yield()
                        inside.withLock { $0 -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(most.withLock { $0 } == 1)
    }

    @Test func `the turn passes on after an error, and after a task stops waiting`() async throws {
        struct Broken: Error {}
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let holder = Task { [turn] in
            try await turn.take {
                enter.finish()
                for await _ in released {}
                throw Broken()
            }
        }
        for await _ in entered {}
        let waiting = Task { [turn] in try await turn.take {} }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        release.finish()
        await #expect(throws: Broken.self) { try await holder.value }
        try await turn.take {}
    }
}
