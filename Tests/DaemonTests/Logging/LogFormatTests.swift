import FoundationEssentials
import Logging
import Testing

@testable import Daemon

struct LogFormatTests {
    private func line(
        _ format: LogFormat,
        _ message: Logger.Message,
        level: Logger.Level = .info,
        metadata: Logger.Metadata = [:]
    ) -> String {
        let event = LogEvent(
            level: level,
            message: message,
            metadata: nil,
            source: nil,
            file: "Daemon/Serve.swift",
            function: "f()",
            line: 7
        )
        let record = LogRecord(event: event, layers: [metadata], time: 1_795_460_400_123)
        return String(decoding: format.line(record), as: UTF8.self)
    }

    @Test func `logfmt is as in Prometheus and its exporters`() {
        #expect(
            line(.logfmt, "Round finished", metadata: ["runtime": "native", "probe": "gil"])
                == "time=2026-11-23T19:00:00.123Z level=INFO source=Serve.swift:7 msg=\"Round finished\""
                + " probe=gil runtime=native\n"
        )
        #expect(line(.logfmt, "x", level: .warning).contains(" level=WARN "))
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("", #""""#), ("two words", #""two words""#), ("a=b", #""a=b""#), (#"a\b"#, #"a\b"#),
            (#"say "a\b""#, #""say \"a\\b\"""#), ("line\nlevel=ERROR", #""line\nlevel=ERROR""#),
            ("\r\t\u{0}\u{1B}[31m\u{7F}", #""\r\t\u0000\u001b[31m\u007f""#), ("naïve→👍", "naïve→👍"),
            ("\u{202E}txt", #""\u202etxt""#), ("\u{85}\u{2028}", #""\u0085\u2028""#), ("\u{E0001}", #""\udb40\udc01""#),
            ("a\u{A0}b", "a\u{A0}b"),
        ]
    )
    func `logfmt quotes values that are not one plain word`(value: String, written: String) {
        #expect(line(.logfmt, "x", metadata: ["key": "\(value)"]).hasSuffix(" msg=x key=\(written)\n"))
    }

    @Test func `logfmt writes members with their paths, and unusual keys in quotes`() {
        let metadata: Logger.Metadata = ["worker": ["pid": "7", "exit": ["code": "1"]], "odd key": ["a", "b"]]
        let expected = #" msg=x "odd key"="[\"a\", \"b\"]" worker.exit.code=1 worker.pid=7"# + "\n"
        #expect(line(.logfmt, "x", metadata: metadata).hasSuffix(expected))
    }

    @Test func `JSON has the same keys`() {
        let metadata: Logger.Metadata = ["runtime": "native", "list": ["a", ["b": "c", "a": "d"]]]
        #expect(
            line(.json, "Round finished", level: .error, metadata: metadata)
                == #"{"time":"2026-11-23T19:00:00.123Z","level":"ERROR","source":"Serve.swift:7","#
                + #""msg":"Round finished","list":["a",{"a":"d","b":"c"}],"runtime":"native"}"# + "\n"
        )
    }

    @Test func `a JSON reader decodes every scalar`() throws {
        struct Line: Decodable { let msg: String }
        let planes: [ClosedRange<UInt32>] = [
            0...0xD7FF, 0xE000...0xFFFF, 0x1F600...0x1F6FF, 0xE0000...0xE01FF, 0x10FF00...0x10FFFF,
        ]
        for plane in planes {
            var text = ""
            text.unicodeScalars.append(contentsOf: plane.compactMap(Unicode.Scalar.init))
            let written = line(.json, "\(text)")
            #expect(written.utf8.filter { $0 < 0x20 }.elementsEqual("\n".utf8))
            let read = try JSONDecoder().decode(Line.self, from: Data(written.utf8)).msg
            #expect(read.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
    }
}
