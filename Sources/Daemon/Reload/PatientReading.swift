import Linux

/// Reads files on threads of its own, with a time limit: a file server that does not respond would otherwise block the
/// daemon.
struct PatientReading: Sendable {
    /// Shorter than a stop, which waits for a read.
    var limit = Duration.seconds(4)
    /// Reads that still wait after the limit. Each occupies a thread, so their number is limited.
    private let stuck = Protected(0)
    private static let maxStuck = 2

    init(limit: Duration = .seconds(4)) { self.limit = limit }

    /// The result of `read`.
    func run<Value: Sendable>(_ read: @escaping @Sendable () -> Value) async throws(UnreadReason) -> Value {
        let mayRun = stuck.withLock { stuck in
            guard stuck < Self.maxStuck else { return false }
            stuck += 1
            return true
        }
        guard mayRun else { throw .unanswered(limit) }
        let (values, first) = AsyncStream.makeStream(of: Value?.self)
        do throws(SystemError) {
            try POSIXThread(name: "gil-reload") { [stuck] in
                let value = read()
                // Before the result is passed on, because a read that has ended is not stuck.
                stuck.withLock { $0 -= 1 }
                first.yield(value)
            }.detach()
        } catch {
            stuck.withLock { $0 -= 1 }
            throw .noThread(error)
        }
        let timer = Task { [limit] in
            try? await Task.sleep(for: limit)
            first.yield(nil)
        }
        defer { timer.cancel() }
        for await value in values {
            guard let value else { break }
            return value
        }
        throw .unanswered(limit)
    }
}

/// Why a file was not read.
enum UnreadReason: Error, Equatable, CustomStringConvertible {
    case unanswered(Duration)
    /// pthread_create(3) failed.
    case noThread(SystemError)

    var description: String {
        switch self {
        case .unanswered(let limit):
            "not read within \(limit.components.seconds) s; does its file system respond?"
        case .noThread(let error):
            "not read: \(error); raise RLIMIT_NPROC (LimitNPROC=) or the cgroup's pids.max (TasksMax=), and reload again"
        }
    }
}
