import Exposition
import Linux
import TestSupport
import Testing

@testable import Daemon

struct BuildInfoTests {
    @Test func `the metric has version, revision and compiler`() {
        let registry = Registry()
        BuildInfo.register(in: registry)
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        let what = "version=\"\(BuildInfo.version)\",revision=\"\(BuildInfo.revision)\""
        let how = "swift_version=\"\(BuildInfo.swiftVersion)\""
        #expect(String(decoding: buffer, as: UTF8.self).contains("\ngil_exporter_build_info{\(what),\(how)} 1\n"))
    }

    @Test func `the version is that of the file VERSION`() throws {
        let file = try ProcFile.read("\(Repository.path)/VERSION")
        #expect(String(decoding: file, as: UTF8.self) == "\(BuildInfo.version)\n")
        #expect(try #/\d+\.\d+\.\d+(-[0-9a-z.]+)?/#.wholeMatch(in: BuildInfo.version) != nil)
    }

    @Test func `the revision is a commit or unknown`() throws {
        #expect(try #/unknown|[0-9a-f]{7,40}(-dirty)?/#.wholeMatch(in: BuildInfo.revision) != nil)
    }
}
