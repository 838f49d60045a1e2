import Exposition
import Testing

@testable import Daemon

struct LogLimitTests {
    private static let second: UInt64 = 1_000_000_000

    private func limit(burst: Double = 2, all: Double = 1000, maxKinds: Int = 16) -> LogLimit {
        LogLimit(
            each: .init(burst: burst, interval: .seconds(5)),
            all: .init(burst: all, interval: .seconds(1)),
            maxKinds: maxKinds
        )
    }

    @Test func `after a burst one message per interval passes, with the number left out before`() {
        var limit = limit()
        #expect(limit.admit(1, at: 0) == .write(suppressed: 0))
        #expect(limit.admit(1, at: 0) == .write(suppressed: 0))
        for _ in 0..<7 { #expect(limit.admit(1, at: 4 * Self.second) == .suppress(.repeated)) }
        #expect(limit.admit(1, at: 5 * Self.second) == .write(suppressed: 7))
        #expect(limit.admit(1, at: 5 * Self.second) == .suppress(.repeated))
        #expect(limit.admit(1, at: 10 * Self.second) == .write(suppressed: 1))
    }

    @Test func `a message per microsecond makes some thousand lines a day`() {
        var limit = LogLimit.standard
        var written = 0
        // A day in steps of a second, ten messages in each: more of them would not change what is written.
        for second in 0..<UInt64(86400) {
            for _ in 0..<10 {
                if case .write = limit.admit(1, at: second * Self.second) { written += 1 }
            }
        }
        #expect(written < 20_000)
        #expect(written >= 86400 / 5)
    }

    @Test func `kinds of messages have separate limits`() {
        var limit = limit()
        for _ in 0..<100 { _ = limit.admit(1, at: 0) }
        #expect(limit.admit(2, at: 0) == .write(suppressed: 0))
    }

    @Test func `messages of many kinds fall under the limit of all`() {
        var limit = limit(all: 10)
        let verdicts = (0..<100).map { limit.admit($0, at: 0) }
        #expect(verdicts.filter { $0 == .write(suppressed: 0) }.count == 10)
        #expect(verdicts.suffix(84).allSatisfy { $0 != .write(suppressed: 0) })
    }

    @Test func `kinds beyond the maximum share one limit, until others are forgotten`() {
        var limit = limit(burst: 1, maxKinds: 4)
        for kind in 0..<4 { #expect(limit.admit(kind, at: 0) == .write(suppressed: 0)) }
        #expect(limit.admit(4, at: 0) == .write(suppressed: 0))
        #expect(limit.admit(5, at: 0) == .suppress(.repeated))
        // By now the first four are as if they had never come.
        #expect(limit.admit(6, at: 60 * Self.second) == .write(suppressed: 0))
        #expect(limit.admit(7, at: 60 * Self.second) == .write(suppressed: 0))
    }

    @Test func `a slightly earlier time changes nothing`() {
        var limit = limit(burst: 1)
        #expect(limit.admit(1, at: 10 * Self.second) == .write(suppressed: 0))
        #expect(limit.admit(1, at: 1 * Self.second) == .suppress(.repeated))
        #expect(limit.admit(1, at: 14 * Self.second) == .suppress(.repeated))
        #expect(limit.admit(1, at: 15 * Self.second) == .write(suppressed: 2))
    }

    @Test func `messages that were left out are reported once`() {
        var limit = limit(burst: 1)
        for kind in [1, 1, 1, 2, 2] { _ = limit.admit(kind, at: 0) }
        #expect(limit.takeSuppressed() == 3)
        #expect(limit.takeSuppressed() == 0)
    }
}

struct LogMessageCountersTests {
    private func samples(_ registry: Registry) -> [Substring] {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return String(decoding: buffer, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }

    @Test func `all series exist from the start`() {
        let registry = Registry()
        _ = LogMessageCounters(registry: registry)
        #expect(
            samples(registry) == [
                "gil_exporter_log_messages_suppressed_total{reason=\"blocked\"} 0",
                "gil_exporter_log_messages_suppressed_total{reason=\"failed\"} 0",
                "gil_exporter_log_messages_suppressed_total{reason=\"rate\"} 0",
                "gil_exporter_log_messages_suppressed_total{reason=\"repeated\"} 0",
                "gil_exporter_log_messages_total{level=\"debug\"} 0",
                "gil_exporter_log_messages_total{level=\"error\"} 0",
                "gil_exporter_log_messages_total{level=\"info\"} 0",
                "gil_exporter_log_messages_total{level=\"warn\"} 0",
            ]
        )
    }

    @Test(arguments: LogLevelName.allCases) func `a message counts at its level alone`(level: LogLevelName) {
        let registry = Registry()
        let counters = LogMessageCounters(registry: registry)
        counters.increment(level)
        counters.increment(level)
        let moved = samples(registry).filter { !$0.hasSuffix(" 0") }
        #expect(moved == ["gil_exporter_log_messages_total{level=\"\(level.rawValue)\"} 2"])
    }
}
