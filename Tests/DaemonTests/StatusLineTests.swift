import ConfigurationFiles
import Testing

@testable import Daemon
@testable import Observation

struct StatusLineTests {
    @Test func `a failed reload is told until one succeeds`() throws {
        let error = try #require(throws: ConfigurationErrors.self) {
            try Configuration.parse(Array("probing: 1\n".utf8), file: "c.yml")
        }
        let status = StatusLine()
        let first = status.text
        for file: ConfigurationMetrics.File in [.main, .web] {
            status.configurationRefused(file, error.issues[0])
            #expect(status.text == "The last reload failed, \(error.issues[0]). \(first)")
        }
        // Files that changed by themselves are read alone.
        status.configurationLoaded([.web])
        #expect(status.text != first)
        status.configurationLoaded([.main])
        #expect(status.text == first)
    }

    @Test func `a limit of the observation is told while it lasts, with the remedy`() {
        let status = StatusLine()
        let first = status.text
        var facts = ScopeFacts()
        #expect(!status.observed(ObservationScope(facts)))
        facts.rights.mayTrace = false
        facts.place = .service("gil-exporter.service")
        #expect(status.observed(ObservationScope(facts)))
        #expect(!status.observed(ObservationScope(facts)))
        #expect(
            status.text == "Processes of other users are not observed: sudo gil-exporter setup observe. \(first)"
        )
        #expect(status.observed(nil))
        #expect(status.text == first)
    }
}
