import Glibc
import Linux
import Logging
import Systemd
import TestSupport
import Testing

@testable import Daemon

struct JournalEntryTests {
    private func fields(_ metadata: Logger.Metadata, level: Logger.Level = .info) -> [String: String] {
        let event = LogEvent(
            level: level,
            message: "A probe failed",
            metadata: nil,
            source: nil,
            file: "Daemon/ProbingLog.swift",
            function: "record(_:)",
            line: 42
        )
        let entry = JournalEntry(event, LogRecord(event: event, layers: [metadata], time: 0))
        return Dictionary(entry.fields.map { ($0.name, $0.value) }) { first, _ in "\(first), twice" }
    }

    @Test func `an entry has identifier, place and message in separate fields`() {
        let fields = fields(["runtime": "python3.13", "probe": "gil", "err": "two words"], level: .warning)
        #expect(
            fields == [
                "MESSAGE": #"A probe failed err="two words" probe=gil runtime=python3.13"#,
                "PRIORITY": "4", "SYSLOG_IDENTIFIER": "gil-exporter",
                "CODE_FILE": "Daemon/ProbingLog.swift", "CODE_LINE": "42", "CODE_FUNC": "record(_:)",
                "GIL_RUNTIME": "python3.13", "GIL_PROBE": "gil", "GIL_ERR": "two words",
            ]
        )
    }

    @Test(
        arguments: [
            (Logger.Level.trace, "7"), (.debug, "7"), (.info, "6"), (.notice, "5"), (.warning, "4"), (.error, "3"),
            (.critical, "2"),
        ]
    )
    func `the priority is that of syslog`(level: Logger.Level, priority: String) {
        #expect(fields([:], level: level)["PRIORITY"] == priority)
    }

    @Test func `an event has its number, for the catalogue`() {
        let fields = fields(["event": .stringConvertible(LogEventID.probeFailed)])
        #expect(fields["MESSAGE_ID"] == LogEventID.probeFailed.messageID)
        #expect(fields["GIL_EVENT"] == "probe_failed")
        #expect(fields["MESSAGE"] == "A probe failed")
    }

    @Test(
        arguments: [
            ("cpu.budget", "GIL_CPU_BUDGET"), ("größe", "GIL_GR____E"), ("A=B\nC", "GIL_A_B_C"), ("", "GIL_"),
            (String(repeating: "x", count: 100), "GIL_" + String(repeating: "X", count: 60)),
        ]
    )
    func `a field's name is valid in the journal`(key: String, name: String) {
        #expect(fields([key: "1"])[name] == "1")
    }
}

struct LogEventIDTests {
    @Test func `the catalogue explains every event, and nothing else`() throws {
        let catalogue = try ProcFile.read("\(Repository.path)/Packaging/systemd/gil-exporter.catalog")
        let explained = String(decoding: catalogue, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(explained.sorted() == LogEventID.all.map(\.messageID).sorted())
    }

    @Test func `event numbers are 128 bits in hexadecimal`() {
        for event in LogEventID.all {
            #expect(event.messageID.count == 32)
            #expect(event.messageID.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }
}
