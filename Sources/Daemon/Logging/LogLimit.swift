package import Exposition
import Linux
import Logging

/// Limits the rate of equal messages and of all messages, so that a frequent event neither fills a disk nor hides
/// others.
///
/// Messages are equal if level, label and text are: variable parts belong into the metadata. Messages with variable
/// texts fall under the limit of all messages. The caller passes the time.
struct LogLimit: Sendable {
    /// The number of messages at once, and the time until one more is allowed.
    struct Rate: Sendable {
        var burst: Double
        var interval: Duration
    }

    enum Decision: Sendable, Equatable {
        /// Write the message, with the number of equal messages that were left out before it.
        case write(suppressed: UInt64)
        case suppress(LogSuppression)
    }

    /// All probes of a round of five runtimes may fail twice before messages are left out.
    static let standard = LogLimit(
        each: Rate(burst: 50, interval: .seconds(5)),
        all: Rate(burst: 500, interval: .milliseconds(200)),
        maxKinds: 256
    )

    private struct Kind: Sendable {
        var bucket: Bucket
        var suppressed: UInt64 = 0
    }

    private let each: Rate
    private let maxKinds: Int
    private var all: Bucket
    private var kinds: [Int: Kind] = [:]
    /// For messages beyond the maximum number of kinds.
    private var others: Kind
    private var nextSweep: UInt64 = 0

    init(each: Rate, all: Rate, maxKinds: Int) {
        self.each = each
        self.maxKinds = maxKinds
        self.all = Bucket(all)
        others = Kind(bucket: Bucket(each))
    }

    /// - Parameters:
    ///   - kind: the hash of the properties in which equal messages agree.
    ///   - now: nanoseconds of a clock that never goes back.
    mutating func admit(_ kind: Int, at now: UInt64) -> Decision {
        if kinds[kind] == nil { makeRoom(at: now) }
        guard kinds[kind] != nil || kinds.count < maxKinds else { return Self.admit(&others, &all, at: now) }
        return Self.admit(&kinds[kind, default: Kind(bucket: Bucket(each))], &all, at: now)
    }

    /// The number of messages that were left out and not reported yet. They count as reported from now on.
    mutating func takeSuppressed() -> UInt64 {
        var count = others.suppressed
        others.suppressed = 0
        for kind in kinds.keys {
            count += kinds[kind]?.suppressed ?? 0
            kinds[kind]?.suppressed = 0
        }
        return count
    }

    private static func admit(_ kind: inout Kind, _ all: inout Bucket, at now: UInt64) -> Decision {
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

    /// Forgets kinds whose limit has recovered completely. At most once a second, because it visits all of them.
    private mutating func makeRoom(at now: UInt64) {
        guard kinds.count >= maxKinds, now >= nextSweep else { return }
        nextSweep = now + 1_000_000_000
        for (key, kind) in kinds where kind.suppressed == 0 {
            var bucket = kind.bucket
            if bucket.isFull(at: now) { kinds[key] = nil }
        }
    }

    /// A token bucket.
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
            // Threads read the clock before they take the lock, so the time may be a little behind.
            let passed = now - min(now, filled ?? now)
            tokens = min(burst, tokens + Double(passed) / interval)
            filled = max(now, filled ?? now)
        }
    }
}

/// Why a message is not in the log: values of a label.
enum LogSuppression: String, CaseIterable, Sendable {
    /// There were too many equal messages.
    case repeated
    /// There were too many messages in total.
    case rate
    /// The reader of standard error, or the journal, accepts no more.
    case blocked
    /// Standard error or the journal has failed: a full disk, a closed pipe.
    case failed
}

/// Counts log messages by level, and those that were left out by reason.
package struct LogMessageCounters: Sendable {
    private let debug: Counter
    private let info: Counter
    private let warn: Counter
    private let error: Counter
    private let suppressed: [LogSuppression: Counter]

    /// All series exist from the start, so that the first error is a change from 0 and not a new series.
    package init(registry: Registry) {
        let counters = registry.counters(
            "gil_exporter_log_messages_total",
            help: "Messages that the exporter logged, by level.",
            labels: ["level"]
        )
        debug = counters.with(LogLevelName.debug.rawValue)
        info = counters.with(LogLevelName.info.rawValue)
        warn = counters.with(LogLevelName.warn.rawValue)
        error = counters.with(LogLevelName.error.rawValue)
        let suppressions = registry.counters(
            "gil_exporter_log_messages_suppressed_total",
            help: "Messages that were counted as logged but left out of the log, by reason.",
            labels: ["reason"]
        )
        suppressed = Dictionary(
            uniqueKeysWithValues: LogSuppression.allCases.map { ($0, suppressions.with($0.rawValue)) }
        )
    }

    func increment(_ level: LogLevelName) {
        switch level {
        case .debug: debug.increment()
        case .info: info.increment()
        case .warn: warn.increment()
        case .error: error.increment()
        }
    }

    func increment(_ reason: LogSuppression) { suppressed[reason]?.increment() }
}
