import FoundationEssentials
import TestSupport
import Testing

@testable import Reports

struct RunbookTests {
    @Test func `every runbook of the documentation is served as it is`() throws {
        let folder = Repository.path + "/Documentation/runbooks"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }
        #expect(Set(names) == Set(Runbook.all.keys.map { "\($0).md" }))
        for (name, text) in Runbook.all {
            #expect(try String(contentsOfFile: "\(folder)/\(name).md", encoding: .utf8) == text, "\(name)")
        }
    }
}
