import Testing

extension EndToEnd {
    @Suite("Lifecycle pages")
    struct LifecycleTests {
        @Test("reload, and end the exporter as a service manager does")
        func reloadAndQuit() async throws {
            let exporter = try await RunningExporter.start(
                ["--web.enable-lifecycle", "--web.route-prefix=/gil"],
                configuration: Configurations.native
            )
            try await exporter.notifications.entry(with: "READY=1")
            let reload = try await exporter.request("/gil/-/reload", method: "POST", headers: ["Content-Length: 0"])
            #expect((reload.status, reload.text) == (200, "reloaded\n"))
            try await exporter.notifications.entry(with: "RELOADING=1")
            let quit = try await exporter.request("/gil/-/quit", method: "PUT", headers: ["Content-Length: 0"])
            #expect(quit.status == 200)
            #expect(await exporter.process.ending == .exited(0))
        }
    }
}
