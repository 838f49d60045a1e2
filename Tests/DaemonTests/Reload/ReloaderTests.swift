import Glibc
import Linux
import Logging
import TestSupport
import Testing
import Web

@testable import Daemon

struct ReloaderTests {
    @Test func `the content of the file is applied`() async throws {
        let folder = try TemporaryFolder()
        let fixture = ReloadFixture(file: try folder.write("probing:\n  interval: 30s\n", to: "c.yml"))
        #expect(await fixture.reloader.reload() == .reloaded)
        #expect(fixture.intervals == [.seconds(30)])
        #expect(fixture.lastReloadSuccessful)
        #expect(fixture.log.errors.isEmpty)
    }

    @Test func `an invalid file changes nothing, and every error is reported`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("probing:\n  interval: 30\n  workers: none\n", to: "c.yml")
        let fixture = ReloadFixture(file: file)
        guard case .refused(let reasons) = await fixture.reloader.reload() else {
            Issue.record("it was not refused")
            return
        }
        #expect(reasons.count == 2)
        #expect(reasons[0].hasPrefix("\(file):2:13: "))
        #expect(reasons[1].hasPrefix("\(file):3:12: "))
        #expect(fixture.intervals.isEmpty)
        #expect(!fixture.lastReloadSuccessful)
        #expect(fixture.log.errors == reasons)
        #expect(fixture.status.text.hasPrefix("The last reload failed, \(file):2:13: "))
    }

    @Test func `a valid file clears an earlier failure`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("probing: 1\n", to: "c.yml")
        let fixture = ReloadFixture(file: file)
        _ = await fixture.reloader.reload()
        let before = fixture.status.text
        try folder.write("", to: "c.yml")
        #expect(await fixture.reloader.reload() == .reloaded)
        #expect(fixture.lastReloadSuccessful)
        #expect(fixture.status.text != before)
        #expect(!fixture.status.text.contains("failed"))
    }

    @Test func `the status has the errors of the newest reload, of either file`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("probing: 1\n", to: "c.yml")
        let web = try folder.write("", to: "web.yml")
        let fixture = ReloadFixture(file: file, web: web)
        _ = await fixture.reloader.reload()
        #expect(fixture.status.text.hasPrefix("The last reload failed, \(file):1:10: "))
        try folder.write("", to: "c.yml")
        try folder.write("rate_limit: 1\n", to: "web.yml")
        _ = await fixture.reloader.reload()
        #expect(fixture.status.text.hasPrefix("The last reload failed, \(web):1:13: "), "\(fixture.status.text)")
        try folder.write("", to: "web.yml")
        await fixture.reloader.reloadWeb()
        #expect(!fixture.status.text.contains("failed"))
        #expect(!fixture.lastReloadSuccessful, "the main file is not in force yet")
    }

    @Test func `a missing file is refused`() async {
        let fixture = ReloadFixture(file: "/nonexistent/c.yml")
        #expect(await fixture.reloader.reload() == .refused(["/nonexistent/c.yml: open: No such file or directory"]))
        #expect(fixture.intervals.isEmpty)
    }

    @Test func `without a file the defaults stay in force`() async {
        let fixture = ReloadFixture(file: nil)
        #expect(await fixture.reloader.reload() == .reloaded)
        #expect(fixture.intervals == [.seconds(60)])
    }

    @Test func `during a stop nothing is reloaded`() async {
        let fixture = ReloadFixture(file: nil)
        fixture.phase.enter(.stopping)
        #expect(await fixture.reloader.reload() == .refused(["the exporter is stopping"]))
        #expect(fixture.intervals.isEmpty)
    }

    @Test func `a file that is not read in time changes nothing`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/c.yml"
        // Whoever opens it for reading waits for a writer, fifo(7), where nothing forbids that.
        #expect(unsafe mkfifo(file, 0o600) == 0)
        let fixture = ReloadFixture(file: file)
        var reloader = fixture.reloader
        reloader.reading = PatientReading(limit: .milliseconds(1))
        guard case .refused(let reasons) = await reloader.reload() else {
            Issue.record("it was not refused")
            return
        }
        #expect(reasons.count == 1)
        #expect(reasons.first?.hasPrefix("\(file): ") == true)
        #expect(fixture.intervals.isEmpty)
    }

    @Test func `the service manager is notified of the beginning and end of a reload, even of a failed one`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket(address: "@gil-exporter-reload-test-\(getpid())")
            unsafe setenv("NOTIFY_SOCKET", socket.address, 1)
            let fixture = ReloadFixture(file: "/nonexistent/c.yml")
            _ = await fixture.reloader.reload()
            let began = socket.receive() ?? ""
            #expect(began.hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
            let ended = socket.receive() ?? ""
            #expect(ended.hasPrefix("READY=1\nSTATUS=The last reload failed, /nonexistent/c.yml: "))
            let before = socket.receive()
            #expect(before == nil)
        }
    }
}
