import Testing
import Web

@testable import Daemon

struct DaemonPhaseTests {
    private let phase = DaemonPhase()

    @Test func `at first it is not ready, and says why`() {
        #expect(phase.readiness() == .failing(reason: "the schedule does not run yet"))
    }

    @Test func `it is ready while it runs`() {
        phase.enter(.running)
        #expect(phase.readiness() == .ok)
    }

    @Test func `once it stops it is never ready again`() {
        phase.enter(.running)
        phase.enter(.stopping)
        #expect(phase.readiness() == .failing(reason: "the exporter is stopping"))
        phase.enter(.running)
        #expect(phase.readiness() == .failing(reason: "the exporter is stopping"))
    }

    @Test func `it does not start twice`() {
        phase.enter(.running)
        phase.enter(.starting)
        #expect(phase.readiness() == .ok)
    }
}
