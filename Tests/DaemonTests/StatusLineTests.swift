import ConfigurationFiles
import Testing

@testable import Daemon

struct StatusLineTests {
    @Test func `a failed reload is told until one succeeds`() throws {
        let error = try #require(throws: ConfigurationErrors.self) {
            try Configuration.parse(Array("probing: 1\n".utf8), file: "c.yml")
        }
        let status = StatusLine()
        let first = status.text
        status.configurationRefused(error.issues[0])
        #expect(status.text == "The last reload failed, \(error.issues[0]). \(first)")
        status.configurationLoaded()
        #expect(status.text == first)
    }
}
