/// A way of running the countdown.
package enum Probe: String, CaseIterable, Codable, Sendable, Hashable {
    /// One worker thread.
    case single
    /// Threads that contend for a Global Interpreter Lock.
    case gil
    /// Threads without a lock between them.
    case lockfree
    /// One process a worker.
    case multiprocess
    /// Subinterpreters, each with a lock of its own.
    case subinterpreter
}
