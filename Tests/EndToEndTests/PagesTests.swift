import TestSupport
import Testing

extension EndToEnd {
    struct PagesTests {
        @Test func `every page answers`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            try await exporter.notifications.entry(with: "READY=1")

            let status = try await exporter.request("/")
            #expect(status.status == 200)
            #expect(status.headers["content-type"] == "text/html; charset=utf-8")
            #expect(status.text.contains("<a href=\"/metrics\">"))

            let healthy = try await exporter.request("/-/healthy")
            #expect((healthy.status, healthy.text) == (200, "healthy\n"))
            let ready = try await exporter.request("/-/ready")
            #expect((ready.status, ready.text) == (200, "ready\n"))
        }

        @Test func `runbooks are served as text that a browser shows`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            let runbook = try await exporter.request("/runbooks/GILBoundProcesses")
            #expect(runbook.status == 200)
            #expect(runbook.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(runbook.text.hasPrefix("# GILBoundProcesses\n"))
        }

        @Test func `services and the configuration in force are served as JSON, and documents as text`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            let groups = try await exporter.request("/api/v1/groups")
            #expect((groups.status, groups.headers["content-type"]) == (200, "application/json"))
            #expect(groups.text.contains("\"observing\":"))
            let configuration = try await exporter.request("/api/v1/configuration")
            #expect((configuration.status, configuration.headers["content-type"]) == (200, "application/json"))
            #expect(configuration.text.contains("\"interval_seconds\""))
            let document = try await exporter.request("/documentation/groups-api")
            #expect((document.status, document.headers["content-type"]) == (200, "text/plain; charset=utf-8"))
            #expect(document.text.hasPrefix("# Services as JSON\n"))
        }

        @Test func `an unknown page gets 404`() async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            for target in ["/nothing", "/metrics/", "/-/reload", "/METRICS"] {
                #expect(try await exporter.request(target).status == 404, "\(target)")
            }
        }

        @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
        func `pages name the methods that they accept`(_ method: String) async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.native)
            let response = try await exporter.request("/metrics", method: method, headers: ["Content-Length: 0"])
            #expect(response.status == 405)
            #expect(response.headers["allow"] == "GET, HEAD")
        }

        @Test(arguments: ["/", "/-/healthy", "/metrics"])
        func `HEAD announces the length of the page`(_ target: String) async throws {
            let exporter = try await RunningExporter.start(configuration: Configurations.endless("native", "single"))
            try await exporter.log.entry(with: "Probing a runtime")
            let head = try await exporter.request(target, method: "HEAD")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(try #require(head.headers["content-length"].flatMap { Int($0) }) > 0)
            #expect(head.headers["content-type"] == (try await exporter.request(target)).headers["content-type"])
        }

        @Test func `the telemetry path moves the metrics`() async throws {
            let exporter = try await RunningExporter.start(
                ["--web.telemetry-path=/gil"],
                configuration: Configurations.native
            )
            #expect(try await exporter.request("/gil").status == 200)
            #expect(try await exporter.request("/metrics").status == 404)
            #expect(try await exporter.request("/").text.contains("<a href=\"/gil\">"))
        }

        @Test func `pages are served on a socket file, which is removed at the end`() async throws {
            let folder = try TemporaryFolder()
            let path = folder.file("exporter.sock")
            let exporter = try await RunningExporter.start(
                configuration: Configurations.native,
                listening: "unix:\(path)"
            )
            #expect(try await exporter.request("/-/healthy").status == 200)
            #expect(await exporter.end() == .exited(0))
            #expect(!folder.holds("exporter.sock"))
        }
    }
}
