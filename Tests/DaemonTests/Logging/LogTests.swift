import Exposition
import Glibc
import Logging
import Testing

@testable import Daemon

struct LogTests {
    /// What `body` makes a logger write.
    private func written(
        level: LogLevelName = .info,
        format: LogFormat = .logfmt,
        counters: LogMessageCounters? = nil,
        provider: Logger.MetadataProvider? = nil,
        limit: LogLimit = .standard,
        _ body: (Logger) -> Void
    ) -> [String] {
        let channel = Channel.pipe()
        let output = LogOutput(descriptor: channel.writer)
        let log = Log(format: format, counters: counters, limit: limit) { entry in
            guard case .line(let bytes) = entry else { return false }
            output.write(bytes)
            return true
        }
        body(
            Logger(label: "test") { label in
                ExporterLogHandler(level: level, label: label, log: log, metadataProvider: provider)
            }
        )
        log.close(within: .zero)
        close(channel.writer)
        defer { close(channel.reader) }
        return String(decoding: channel.content(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `a message is a line that says where it comes from`() throws {
        let lines = written { $0.info("Listening", metadata: ["address": "[::]:10061"]) }
        try #require(lines.count == 1)
        let fields = lines[0].split(separator: " ")
        try #require(fields.count == 5)
        #expect(try #/time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#.wholeMatch(in: fields[0]) != nil)
        #expect(fields[1] == "level=INFO")
        #expect(try #/source=LogTests\.swift:\d+/#.wholeMatch(in: fields[2]) != nil)
        #expect(fields[3...] == ["msg=Listening", "address=[::]:10061"])
    }

    @Test func `messages below the threshold are neither written nor counted`() {
        let registry = Registry()
        let lines = written(level: .warn, counters: LogMessageCounters(registry: registry)) { logger in
            logger.debug("quiet")
            logger.info("quiet")
            logger.warning("loud")
            logger.critical("loudest")
        }
        #expect(lines.count == 2)
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        let text = String(decoding: buffer, as: UTF8.self)
        #expect(text.contains("{level=\"info\"} 0\n"))
        #expect(text.contains("{level=\"warn\"} 1\n"))
        #expect(text.contains("{level=\"error\"} 1\n"))
    }

    @Test func `provider, logger and message add to the line in this order`() {
        let lines = written(provider: .init { ["round": "7", "probe": "none"] }) { logger in
            var logger = logger
            logger[metadataKey: "runtime"] = "native"
            logger.info("x", metadata: ["probe": "gil"])
        }
        #expect(lines.first?.hasSuffix(" msg=x round=7 runtime=native probe=gil") == true)
    }

    @Test func `a logger's copy has level and metadata of its own`() {
        let lines = written(level: .info) { logger in
            var copy = logger
            copy.logLevel = .error
            copy[metadataKey: "copy"] = "yes"
            logger.info("original")
            copy.info("dropped")
            copy.error("kept")
        }
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix(" msg=original") == true)
        #expect(lines.last?.hasSuffix(" msg=kept copy=yes") == true)
    }

    @Test func `the format is the one that was asked for`() {
        let lines = written(format: .json) { $0.info("x") }
        #expect(lines.first?.hasPrefix("{\"time\":") == true)
    }

    @Test func `the same message is written a few times, and the rest is counted and told of at the end`() throws {
        let registry = Registry()
        let limit = LogLimit(
            each: .init(burst: 2, interval: .seconds(1 << 20)),
            all: .init(burst: 100, interval: .seconds(1 << 20)),
            mostKinds: 16
        )
        let lines = written(counters: LogMessageCounters(registry: registry), limit: limit) { logger in
            for number in 0..<100 { logger.error("Cannot accept", metadata: ["number": "\(number)"]) }
            logger.info("Stopped")
        }
        #expect(lines.count == 4)
        #expect(lines.filter { $0.contains("msg=\"Cannot accept\"") }.count == 2)
        #expect(lines.dropLast().last?.hasSuffix("msg=Stopped") == true)
        #expect(lines.last?.hasSuffix(" msg=\"Messages were left out of the log\" suppressed=98") == true)
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        let text = String(decoding: buffer, as: UTF8.self)
        #expect(text.contains("\ngil_exporter_log_messages_total{level=\"error\"} 100\n"))
        #expect(text.contains("\ngil_exporter_log_messages_suppressed_total{reason=\"repeated\"} 98\n"))
    }

    @Test func `an entry that nobody takes is counted`() {
        let registry = Registry()
        let log = Log(format: .logfmt, counters: LogMessageCounters(registry: registry)) { _ in false }
        let logger = Logger(label: "test") { ExporterLogHandler(level: .info, label: $0, log: log) }
        logger.info("lost")
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        let text = String(decoding: buffer, as: UTF8.self)
        #expect(text.contains("\ngil_exporter_log_messages_total{level=\"info\"} 1\n"))
        #expect(text.contains("\ngil_exporter_log_messages_suppressed_total{reason=\"blocked\"} 1\n"))
    }

    @Test func `after the bootstrap every logger writes to standard error`() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let log = try LoggingSystem.bootstrap(level: .debug, destination: .logfmt)
            Logger(label: "any").debug("hello")
            log.close(within: .seconds(60))
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains(" level=DEBUG source=LogTests.swift:"))
        #expect(text.hasSuffix(" msg=hello\n"))
    }
}
