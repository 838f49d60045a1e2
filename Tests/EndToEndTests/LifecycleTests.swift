import Glibc
import TestSupport
import Testing

extension EndToEnd {
    struct LifecycleTests {
        @Test func `lifecycle pages reload and stop the exporter`() async throws {
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

        @Test func `lifecycle pages refuse a request with a foreign Origin`() async throws {
            let exporter = try await RunningExporter.start(
                ["--web.enable-lifecycle", "--web.enable-probe"],
                configuration: Configurations.native
            )
            let foreign = ["Content-Length: 0", "Content-Type: text/plain", "Origin: http://evil.example"]
            for path in ["/-/reload", "/-/quit"] {
                #expect(try await exporter.request(path, method: "POST", headers: foreign).status == 403)
            }
            let probe = "/probe?runtime=native&probe=single"
            #expect(try await exporter.request(probe, headers: ["Referer: http://evil.example/"]).status == 403)
            #expect(try await exporter.request("/metrics", headers: foreign).status == 200, "still there")
            #expect(!exporter.log.entries.contains { $0.contains("Reloaded") })
            #expect(await exporter.end() == .exited(0))
        }

        @Test func `a FIFO as configuration is refused and does not delay the end`() async throws {
            let folder = try TemporaryFolder()
            let file = try folder.write(Configurations.native, to: "gil.yml")
            let control = folder.file("control.sock")
            let exporter = try await RunningExporter.start([
                "--config.file=\(file)", "--control.socket=\(control)", "--web.enable-lifecycle",
            ])
            try await exporter.notifications.entry(with: "READY=1")
            unsafe unlink(file)
            try #require(unsafe mkfifo(file, 0o600) == 0)
            let refused = try await Invocation.run(Binary.path, ["reload", "--control.socket=\(control)"])
            #expect(refused.ending == .exited(1))
            #expect(refused.errors.contains("is a pipe or FIFO, not a regular file"))
            let page = try await exporter.request("/-/reload", method: "POST", headers: ["Content-Length: 0"])
            #expect(page.status == 500)
            unsafe unlink(file)
            try folder.write(Configurations.native, to: "gil.yml")
            let reloaded = try await Invocation.run(Binary.path, ["reload", "--control.socket=\(control)"])
            #expect(reloaded.ending == .exited(0), "\(reloaded.errors)")
            #expect(await exporter.end() == .exited(0))
        }
    }
}
