import Linux

@testable import Observation

/// A sampler that publishes what a test sets.
final class FakeSampler: ProcessSampling {
    private struct State {
        var publication = SamplerPublication(effectiveRate: 100)
        var locations: [ProcessIdentity: InterpreterLocation] = [:]
        var reads = 0
        var budget: Double?
        var advance: (@Sendable (Int) -> SamplerPublication)?
    }

    private let state = Protected(State())

    var locations: [ProcessIdentity: InterpreterLocation] { state.withLock { $0.locations } }
    /// The newest budget.
    var budget: Double? { state.withLock { $0.budget } }
    /// How often it was read.
    var reads: Int { state.withLock { $0.reads } }

    /// Makes the publication of each read from its number.
    var advance: (@Sendable (Int) -> SamplerPublication)? {
        get { state.withLock { $0.advance } }
        set { state.withLock { $0.advance = newValue } }
    }

    func track(_ location: InterpreterLocation) {
        state.withLock { state in
            state.locations[location.process] = location
            if state.publication.processes[location.process] == nil {
                state.publication.processes[location.process] = TrackedProcess()
            }
        }
    }

    func setBudget(_ budget: Double) { state.withLock { $0.budget = budget } }

    func takeProfiles() -> [ProcessIdentity: LockProfile] { [:] }

    func untrack(_ process: ProcessIdentity) {
        state.withLock { state in
            state.locations[process] = nil
            state.publication.processes[process] = nil
            state.publication.ended.remove(process)
        }
    }

    func publication() -> SamplerPublication {
        state.withLock { state in
            state.reads += 1
            return state.advance?(state.reads) ?? state.publication
        }
    }

    func see(_ process: ProcessIdentity, _ observation: ProcessObservation?, _ state: TrackedProcess.State = .observed)
    {
        self.state.withLock {
            $0.publication.processes[process] = TrackedProcess(state: state, observation: observation)
            if state == .ended { $0.publication.ended.insert(process) }
        }
    }
}
