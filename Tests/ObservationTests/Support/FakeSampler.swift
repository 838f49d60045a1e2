import Linux

@testable import Observation

/// A sampler that says what a test wants.
final class FakeSampler: GILSampling {
    private let tracked = Protected<[ProcessIdentity: TrackedProcess]>([:])
    private let locations = Protected<[ProcessIdentity: InterpreterLocation]>([:])

    let effectiveRate = 100.0
    let cpuTime = Duration.milliseconds(20)
    let rounds = SamplingRounds(all: 7, late: 2)
    let stuckThreads = 0

    var processes: [ProcessIdentity: TrackedProcess] { tracked.withLock { $0 } }

    var places: [ProcessIdentity: InterpreterLocation] { locations.withLock { $0 } }

    func track(_ location: InterpreterLocation) {
        locations.withLock { $0[location.process] = location }
        tracked.withLock { tracked in
            if tracked[location.process] == nil { tracked[location.process] = TrackedProcess() }
        }
    }

    func untrack(_ process: ProcessIdentity) {
        locations.withLock { $0[process] = nil }
        tracked.withLock { $0[process] = nil }
    }

    func see(_ process: ProcessIdentity, _ observation: ProcessObservation?, _ state: TrackedProcess.State = .observed)
    {
        tracked.withLock { $0[process] = TrackedProcess(state: state, observation: observation) }
    }
}
