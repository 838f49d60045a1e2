import Logging
import Testing

@testable import Daemon

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

    @Test func `what an inner layer says again takes the outer one's place`() {
        #expect(fields([["a": "outer", "b": "1"], ["c": "2"], ["a": "inner"]]) == ["b=1", "c=2", "a=inner"])
    }

    @Test func `an error comes last`() {
        struct Broken: Error, CustomStringConvertible { let description = "it broke" }
        #expect(fields([["zone": "1"]], error: Broken()) == ["zone=1", "err=it broke"])
    }

    @Test func `no field can pass for the message, nor be there twice`() {
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
