import Testing

@testable import Web

@Suite("A telemetry path")
struct TelemetryPathTests {
    @Test(
        "is a path of a URL",
        arguments: ["/metrics", "/", "/a/b", "/gil-exporter/metrics.txt", "/-metrics", "/~x/@y"]
    )
    func accepts(text: String) throws {
        #expect(try TelemetryPath(text).description == text)
    }

    @Test(
        "that is none is refused",
        arguments: [
            ("", TelemetryPathError.Problem.relative),
            ("metrics", .relative),
            ("/-/healthy", .reserved),
            ("/-/other", .reserved),
            ("/metrics?name=x", .character),
            ("/metrics#x", .character),
            ("/met rics", .character),
            ("/%6detrics", .character),
            ("/métriques", .character),
        ]
    )
    func refuses(text: String, problem: TelemetryPathError.Problem) {
        let error = #expect(throws: TelemetryPathError.self) { try TelemetryPath(text) }
        #expect(error == TelemetryPathError(text: text, problem: problem))
    }

    @Test("that is refused is told with what to write")
    func explains() {
        #expect(
            TelemetryPathError(text: "metrics", problem: .relative).description
                == "telemetry path \"metrics\": must begin with a slash; write /metrics"
        )
    }
}
