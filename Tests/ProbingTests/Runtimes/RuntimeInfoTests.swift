import Glibc
import TestSupport
import Testing

@testable import Probing

struct RuntimeInfoTests {
    @Test func `a description becomes labels of a bounded length`() {
        let long = String(repeating: "x", count: 100_000)
        var info = Samples.info(implementation: long)
        (info.version, info.path) = ("3\n4", long)
        info.supported = ["single", "single", long, "gil"]
        info.unsupported = ["lockfree": long, long: "why"]
        info.lockCounts = ["switches", long]
        let bounded = info.bounded()
        #expect(bounded.implementation.count == 65)
        #expect(bounded.version == #"3\n4"#)
        #expect(bounded.path.count == 4097)
        #expect(bounded.supported == ["single", "gil"])
        #expect(bounded.unsupported.keys.sorted() == ["lockfree"])
        #expect(bounded.unsupported["lockfree"]?.count == 301)
        #expect(bounded.lockCounts == ["switches"])
        #expect(bounded.bounded() == bounded)
    }
}

struct RuntimeInfoCacheTests {
    @Test func `a runtime is asked once while it is the same program`() throws {
        let folder = try TemporaryFolder()
        let runtime = python(try folder.write("old", to: "python3"))
        var infos = RuntimeInfoCache()
        #expect(infos.info(of: runtime) == nil)
        infos.remember(Samples.info(), of: runtime)
        #expect(infos.info(of: runtime) == Samples.info())
    }

    @Test func `a replaced program is asked again`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "python3")
        var infos = RuntimeInfoCache()
        infos.remember(Samples.info(), of: python(path))
        // As a package manager does it.
        let new = try folder.write("new", to: "python3.new")
        try #require(rename(from: new, to: path))
        #expect(infos.info(of: python(path)) == nil)
    }

    @Test func `a link to another file is another program`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "python3.12")
        try folder.write("", to: "python3.13")
        try folder.link("python3", to: "python3.12")
        try folder.link("python3.new", to: "python3.13")
        let runtime = python("\(folder.path)/python3")
        var infos = RuntimeInfoCache()
        infos.remember(Samples.info(), of: runtime)
        try #require(rename(from: "\(folder.path)/python3.new", to: "\(folder.path)/python3"))
        #expect(infos.info(of: runtime) == nil)
    }

    @Test func `a runtime with a new configuration is asked again`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: "python3")
        var infos = RuntimeInfoCache()
        infos.remember(Samples.info(), of: python(path))
        let other = RuntimeConfiguration(name: "python3", launch: .python(command: [path, "-O"]))
        #expect(infos.info(of: other) == nil)
    }

    @Test func `the native runtime is asked once`() {
        var infos = RuntimeInfoCache()
        infos.remember(Samples.info(), of: .native)
        #expect(infos.info(of: .native) == Samples.info())
    }

    private func python(_ path: String) -> RuntimeConfiguration {
        RuntimeConfiguration(name: "python3", launch: .python(command: [path]))
    }

    private func rename(from source: String, to target: String) -> Bool {
        unsafe Glibc.rename(source, target) == 0
    }
}
