import FoundationEssentials
import TestSupport
import Testing

@testable import Reports

struct DocumentTests {
    @Test func `each document is served as it is`() throws {
        for (name, text) in Document.all {
            let path = "\(Repository.path)/Documentation/\(name).md"
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "\(name)")
        }
    }
}
