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

    @Test func `a message is a line with its source`() throws {
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

    @Test func `lines have the chosen format`() {
        let lines = written(format: .json) { $0.info("x") }
        #expect(lines.first?.hasPrefix("{\"time\":") == true)
    }

    @Test func `equal messages are written a few times, and the others are counted and reported at the end`() throws {
        let registry = Registry()
        let limit = LogLimit(
            each: .init(burst: 2, interval: .seconds(1 << 20)),
            all: .init(burst: 100, interval: .seconds(1 << 20)),
            maxKinds: 16
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

    @Test func `an undelivered entry is counted`() {
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

struct LogRecordTests {
    private func fields(_ layers: [Logger.Metadata], error: (any Error)? = nil) -> [String] {
        let event = LogEvent(
            level: .info,
            message: "m",
            error: error,
            metadata: nil,
            source: nil,
            file: "Daemon/X.swift",
            function: "f()",
            line: 1
        )
        return LogRecord(event: event, layers: layers, time: 0).fields.map { "\($0.key)=\($0.value)" }
    }

    @Test func `fields come from the outermost layer to the innermost, each sorted`() {
        #expect(
            fields([["z": "1", "y": "2"], ["b": "3", "a": "4"], ["n": "5"]]) == ["y=2", "z=1", "a=4", "b=3", "n=5"]
        )
    }

    @Test func `a key of an inner layer replaces that of an outer one`() {
        #expect(fields([["a": "outer", "b": "1"], ["c": "2"], ["a": "inner"]]) == ["b=1", "c=2", "a=inner"])
    }

    @Test func `an error comes last`() {
        struct Broken: Error, CustomStringConvertible { let description = "it broke" }
        #expect(fields([["zone": "1"]], error: Broken()) == ["zone=1", "err=it broke"])
    }

    @Test func `no field can have a key of the line or appear twice`() {
        #expect(fields([["msg": "forged", "level": "ERROR"]]) == ["field.level=ERROR", "field.msg=forged"])
    }

    @Test func `the source is the file's name and the line`() {
        let event = LogEvent(
            level: .info,
            message: "m",
            metadata: nil,
            source: nil,
            file: "Daemon/Sub/X.swift",
            function: "f()",
            line: 42
        )
        #expect(LogRecord(event: event, layers: [], time: 0).source == "X.swift:42")
    }
}
