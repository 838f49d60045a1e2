import Exposition
import Testing

@testable import Daemon

struct LogMessageCountersTests {
    private func samples(_ registry: Registry) -> [Substring] {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return String(decoding: buffer, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    }

    @Test func `all levels are there from the start`() {
        let registry = Registry()
        _ = LogMessageCounters(registry: registry)
        #expect(
            samples(registry) == [
                "gil_exporter_log_messages_suppressed_total{reason=\"blocked\"} 0",
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
