import Linux

/// How often the same message may be written, and how many there may be in all, so that no event, however often it
/// comes, fills a disk or hides the others.
///
/// A value that is told the time. Messages are the same when level, label and text are: what changes from one to the next
/// is in the metadata. A source of varied texts is held by the limit on all messages.
struct LogLimit: Sendable {
    /// Messages in a row, and how long it takes until there may be one more.
    struct Rate: Sendable {
        var burst: Double
        var interval: Duration
    }

    enum Verdict: Sendable, Equatable {
        /// Write it, and say how many of its kind were left out before it.
        case write(suppressed: UInt64)
        case suppress(LogSuppression)
    }

    /// A round of five runtimes may fail in all its probes twice before anything is left out.
    static let standard = LogLimit(
        each: Rate(burst: 50, interval: .seconds(5)),
        all: Rate(burst: 500, interval: .milliseconds(200)),
        mostKinds: 256
    )

    private struct Kind: Sendable {
        var bucket: Bucket
        var suppressed: UInt64 = 0
    }

    private let each: Rate
    private let mostKinds: Int
    private var all: Bucket
    private var kinds: [Int: Kind] = [:]
    /// For what comes when there are as many kinds as there may be.
    private var others: Kind
    private var nextSweep: UInt64 = 0

    init(each: Rate, all: Rate, mostKinds: Int) {
        self.each = each
        self.mostKinds = mostKinds
        self.all = Bucket(all)
        others = Kind(bucket: Bucket(each))
    }

    /// - Parameters:
    ///   - kind: the hash of what makes messages the same.
    ///   - now: nanoseconds of a clock that never goes back.
    mutating func admit(_ kind: Int, at now: UInt64) -> Verdict {
        if kinds[kind] == nil { makeRoom(at: now) }
        guard kinds[kind] != nil || kinds.count < mostKinds else { return Self.admit(&others, &all, at: now) }
        return Self.admit(&kinds[kind, default: Kind(bucket: Bucket(each))], &all, at: now)
    }

    /// How many were left out that no message has told of yet; none from here on.
    mutating func takeSuppressed() -> UInt64 {
        var count = others.suppressed
        others.suppressed = 0
        for kind in kinds.keys {
            count += kinds[kind]?.suppressed ?? 0
            kinds[kind]?.suppressed = 0
        }
        return count
    }

    private static func admit(_ kind: inout Kind, _ all: inout Bucket, at now: UInt64) -> Verdict {
        guard kind.bucket.holds(at: now) else {
            kind.suppressed += 1
            return .suppress(.repeated)
        }
        guard all.holds(at: now) else {
            kind.suppressed += 1
            return .suppress(.rate)
        }
        kind.bucket.take()
        all.take()
        defer { kind.suppressed = 0 }
        return .write(suppressed: kind.suppressed)
    }

    /// Forgets kinds that are as if they had never come; at most once a second, as it looks at all of them.
    private mutating func makeRoom(at now: UInt64) {
        guard kinds.count >= mostKinds, now >= nextSweep else { return }
        nextSweep = now + 1_000_000_000
        for (key, kind) in kinds where kind.suppressed == 0 {
            var bucket = kind.bucket
            if bucket.isFull(at: now) { kinds[key] = nil }
        }
    }

    /// Tokens that come back one by one.
    private struct Bucket: Sendable {
        let burst: Double
        let interval: Double
        var tokens: Double
        var filled: UInt64?

        init(_ rate: Rate) {
            burst = rate.burst
            interval = Double(max(1, rate.interval.nanoseconds))
            tokens = rate.burst
        }

        mutating func holds(at now: UInt64) -> Bool {
            fill(at: now)
            return tokens >= 1
        }

        mutating func isFull(at now: UInt64) -> Bool {
            fill(at: now)
            return tokens >= burst
        }

        mutating func take() { tokens -= 1 }

        private mutating func fill(at now: UInt64) {
            // Threads read the clock before they take turns here, so it may be a little behind.
            let passed = now - min(now, filled ?? now)
            tokens = min(burst, tokens + Double(passed) / interval)
            filled = max(now, filled ?? now)
        }
    }
}

/// Why a message is not in the log; values of a label.
enum LogSuppression: String, CaseIterable, Sendable {
    /// The same message came too often.
    case repeated
    /// Too many messages came in all.
    case rate
    /// Neither the reader of standard error nor the journal takes any more.
    case blocked
}
