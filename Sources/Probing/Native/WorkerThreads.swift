import Linux

/// Runs a body once for every worker, each on a thread of its own.
enum WorkerThreads {
    /// Returns when all have ended. When a thread cannot be had, those that wait at a barrier for it never end: the
    /// caller must then end the process.
    static func run(_ workers: Int, _ body: @escaping @Sendable (Int) -> Void) throws(SystemError) {
        try run(0..<workers, body)
    }

    private static func run(_ remaining: Range<Int>, _ body: @escaping @Sendable (Int) -> Void) throws(SystemError) {
        guard let worker = remaining.first else { return }
        let thread = try POSIXThread(name: "worker-\(worker)") { body(worker) }
        try run(remaining.dropFirst(), body)
        thread.join()
    }
}
