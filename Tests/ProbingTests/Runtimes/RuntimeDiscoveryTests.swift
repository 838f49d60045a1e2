import Glibc
import Linux
import TestSupport
import Testing

@testable import Probing

struct RuntimeDiscoveryTests {
    @Test func `the host's python3 is found beside native, as a shell finds it`() throws {
        let folder = try TemporaryFolder()
        let first = try folder.makeFolder("first")
        let second = try folder.makeFolder("second")
        try folder.write("", to: "first/python3", mode: 0o700)
        try folder.write("", to: "second/python3", mode: 0o700)
        try folder.write("", to: "second/python3.12", mode: 0o700)
        let found = RuntimeDiscovery(path: "\(first):\(second)").search(for: settings(.host)).runtimes
        #expect(found == [.native, python("python3", "\(first)/python3")])
    }

    @Test func `the shortest name of a file wins`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "python3.12", mode: 0o700)
        try folder.link("python3", to: "python3.12")
        try folder.write("", to: "python3.13", mode: 0o700)
        try folder.write("", to: "python3.13t", mode: 0o700)
        try folder.write("", to: "pypy3", mode: 0o700)
        let found = RuntimeDiscovery(path: folder.path).search(for: settings(.all)).runtimes
        #expect(found.map(\.name) == ["native", "pypy3", "python3", "python3.13", "python3.13t"])
    }

    @Test func `a file that cannot be executed is not an interpreter`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.makeFolder("python3")
        try folder.write("", to: "python3.11", mode: 0o600)
        try folder.link("python3.12", to: "nothing")
        let discovery = RuntimeDiscovery(path: folder.path)
        #expect(discovery.search(for: settings(.all)).runtimes == [.native])
        #expect(discovery.interpreter("\(folder.path)/python3") == nil)
        #expect(discovery.interpreter("\(folder.path)/python3.11") == nil)
        #expect(discovery.interpreter("python3.12") == nil)
    }

    @Test func `an interpreter may be named by its name or its path`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: "my-python", mode: 0o700)
        let discovery = RuntimeDiscovery(path: folder.path)
        #expect(discovery.interpreter("my-python") == python("my-python", path))
        #expect(discovery.interpreter(path) == python("my-python", path))
        #expect(discovery.interpreter("other-python") == nil)
    }

    @Test func `a listed runtime replaces a discovered one of the same name`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "python3", mode: 0o700)
        let listed = python("python3", "/opt/python3")
        let found = RuntimeDiscovery(path: folder.path).search(for: settings(.host, listed)).runtimes
        #expect(found == [.native, listed])
    }

    @Test func `a program that is not there is reported`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: "my-python", mode: 0o700)
        try folder.write("", to: "text", mode: 0o600)
        let discovery = RuntimeDiscovery(path: "/nonexistent:\(folder.path)")
        for present in [.native, python("a", path), python("a", "my-python")] {
            #expect(discovery.missingProgram(of: present) == nil)
        }
        for missing in ["\(folder.path)/text", "text", "other", "/nonexistent/python3", folder.path] {
            #expect(discovery.missingProgram(of: python("a", missing)) == missing)
        }
    }

    @Test func `without discovery the runtimes are the listed ones, or native alone`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "python3", mode: 0o700)
        let discovery = RuntimeDiscovery(path: folder.path)
        let listed = python("mine", "/opt/python3")
        #expect(discovery.search(for: settings(.none, listed)).runtimes == [listed])
        #expect(discovery.search(for: settings(.none)).runtimes == [.native])
    }

    @Test func `a directory that exists but cannot be read is an error beside what was found`() throws {
        let folder = try TemporaryFolder()
        try folder.link("loop", to: "loop")
        let found = RuntimeDiscovery(path: "\(folder.path)/loop:/nonexistent").search(for: settings(.all))
        #expect(found.runtimes == [.native])
        #expect(found.errors.map(\.code) == [ELOOP])
        #expect(found.errors.map(\.operation) == ["read \(folder.path)/loop"])
    }

    @Test func `missing directories and empty entries are skipped`() {
        let discovery = RuntimeDiscovery(path: "::/nonexistent:")
        #expect(discovery.search(for: settings(.all)).runtimes == [.native])
    }

    @Test(
        arguments: [
            ("python3", true), ("pypy3", true), ("python3.8", true), ("python3.14", true), ("python3.13t", true),
            ("python", false), ("python2", false), ("python3.", false), ("python3.t", false), ("python3.13tt", false),
            ("python3.13-config", false), ("python3.13d", false), ("python3-config", false), ("python30", false),
            ("pypy3.9", false), ("python3.١", false),
        ]
    )
    func `only whole names are names of interpreters`(name: String, isInterpreter: Bool) {
        #expect(RuntimeDiscovery.isInterpreter(name) == isInterpreter)
    }

    private func settings(
        _ discovery: ProbingSettings.Discovery,
        _ listed: RuntimeConfiguration...
    ) -> ProbingSettings {
        var settings = ProbingSettings()
        settings.discovery = discovery
        settings.runtimes = listed
        return settings
    }

    private func python(_ name: String, _ path: String) -> RuntimeConfiguration {
        RuntimeConfiguration(name: name, launch: .python(command: [path]))
    }
}
