import Testing

@testable import Daemon

struct ReloadOutcomeTests {
    @Test(arguments: [ReloadOutcome.reloaded, .refused([]), .refused(["a.yml:1:2: no", "reloaded"])])
    func `an answer says what became of the reload`(outcome: ReloadOutcome) {
        #expect(ReloadOutcome(answer: outcome.answer) == outcome)
    }

    @Test(arguments: ["", "reloaded", "refused", "reload", "\n", "yes\n"])
    func `what is cut off, or something else, is no answer`(text: String) {
        #expect(ReloadOutcome(answer: text) == nil)
    }
}
