import Linux

/// Reads files, each time on a thread of its own, and gives up when that takes too long: a file server that has gone
/// would otherwise hold up the daemon for as long as it is away.
struct PatientReading: Sendable {
    /// How long a reading may take. Shorter than a stop, which waits for it.
    var limit = Duration.seconds(4)
    /// Readings that still wait though they were given up. Each has a thread, so there are not many.
    private let stuck = Protected(0)
    private static let mostStuck = 2

    init(limit: Duration = .seconds(4)) { self.limit = limit }

    /// What `read` gives; nil when it takes too long.
    func run<Value: Sendable>(_ read: @escaping @Sendable () -> Value) async -> Value? {
        let mayRun = stuck.withLock { stuck in
            guard stuck < Self.mostStuck else { return false }
            stuck += 1
            return true
        }
        guard mayRun else { return nil }
        let (values, first) = AsyncStream.makeStream(of: Value?.self)
        do {
            try POSIXThread(name: "gil-reload") { [stuck] in
                let value = read()
                // Before anybody hears of it: what has ended is not stuck.
                stuck.withLock { $0 -= 1 }
                first.yield(value)
            }.detach()
        } catch {
            stuck.withLock { $0 -= 1 }
            return nil
        }
        let timer = Task { [limit] in
            try? await Task.sleep(for: limit)
            first.yield(nil)
        }
        defer { timer.cancel() }
        for await value in values { return value }
        return nil
    }
}
