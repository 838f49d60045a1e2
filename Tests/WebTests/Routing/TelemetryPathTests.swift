import Testing

@testable import Web

struct TelemetryPathTests {
    @Test(arguments: ["/metrics", "/", "/a/b", "/gil-exporter/metrics.txt", "/-metrics", "/~x/@y"])
    func `an absolute path is accepted`(text: String) throws {
        #expect(try TelemetryPath(text).description == text)
    }

    @Test(arguments: [
        ("", TelemetryPathError.Problem.relative),
        ("metrics", .relative),
        ("/-/healthy", .reserved),
        ("/-/other", .reserved),
        ("/metrics?name=x", .character),
        ("/metrics#x", .character),
        ("/met rics", .character),
        ("/%6detrics", .character),
        ("/métriques", .character),
    ])
    func `an invalid telemetry path is refused`(text: String, problem: TelemetryPathError.Problem) {
        let error = #expect(throws: TelemetryPathError.self) { try TelemetryPath(text) }
        #expect(error == TelemetryPathError(text: text, problem: problem))
    }

    @Test func `an invalid telemetry path is refused with a correction`() {
        #expect(
            TelemetryPathError(text: "metrics", problem: .relative).description
                == "telemetry path \"metrics\": must begin with a slash; write /metrics"
        )
    }
}
