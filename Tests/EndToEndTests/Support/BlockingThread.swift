import Dispatch

/// Runs what blocks on a thread of its own: the tests' own pool has as many threads as the machine has CPUs.
enum BlockingThread {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            start { continuation.resume(with: Result(catching: body)) }
        }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        // A queue of its own is never behind another one's work, unlike the global ones.
        DispatchQueue(label: "blocking").async(execute: body)
    }
}
