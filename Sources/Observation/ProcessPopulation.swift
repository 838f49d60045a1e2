import Exposition
import Linux

/// The Python processes that are observed now, and what was counted of each already. For one thread at a time.
struct ProcessPopulation {
    private struct Member {
        let group: String
        var interpreter: Result<InterpreterLocation, UnobservableReason>
        var sampling = TrackedProcess.State.starting
        /// What was added to its group's counters.
        var counted: ProcessObservation?
        /// What it used before it could be observed; counted once it is.
        var pending: [ProcessAccount.Increment] = []
        var threads: UInt64 = 0

        /// What it is now; nil while that is not known.
        var state: Result<ProcessObservation, UnobservableReason>? {
            switch (interpreter, sampling) {
            case (.failure(let reason), _), (_, .unobservable(let reason)): .failure(reason)
            case (.success, .observed): counted.map { .success($0) }
            case (.success, .starting), (.success, .ended): nil
            }
        }
    }

    private let metrics: ObservationMetrics
    private let sampler: any GILSampling
    private var members: [ProcessIdentity: Member] = [:]
    private var shown: [String: GroupState] = [:]
    private var counters: [String: GroupCounters] = [:]
    /// Of what sampling took, in seconds.
    private var countedCPU = 0.0
    private var countedRounds = SamplingRounds()

    init(metrics: ObservationMetrics, sampler: any GILSampling) {
        self.metrics = metrics
        self.sampler = sampler
    }

    /// How many cannot be observed now, by reason.
    var unobservable: [UnobservableReason: Int] {
        members.values.reduce(into: [:]) { counts, member in
            if case .failure(let reason) = member.state { counts[reason, default: 0] += 1 }
        }
    }

    /// Threads that hang in the memory of processes.
    var stuckThreads: Int { sampler.stuckThreads }

    /// Has another thread sample where one hangs, which the sampler finds out when it is asked what was seen.
    ///
    /// - Returns: whether anything is sampled.
    func supervise() -> Bool { !sampler.processes.isEmpty }

    /// Takes over what a census has found.
    ///
    /// - Parameter retired: groups that are no more.
    mutating func update(_ sightings: [ProcessCensus.Sighting], retired: Set<String> = []) {
        // First what was seen to the end of those that are forgotten now.
        count()
        var gone = Set(members.keys)
        for sighting in sightings {
            gone.remove(sighting.process)
            take(sighting)
        }
        for process in gone {
            sampler.untrack(process)
            members[process] = nil
        }
        show()
        for group in retired {
            metrics.remove(group)
            counters[group] = nil
            shown[group] = nil
        }
    }

    /// Brings the metrics up to date with what was sampled since.
    mutating func refresh() {
        count()
        show()
    }

    /// Forgets all processes. What they did stays counted.
    mutating func removeAll() { update([]) }

    private mutating func take(_ sighting: ProcessCensus.Sighting) {
        var known = members[sighting.process]
        // One that did not answer has got the group that its rules give it.
        if let before = known, before.group != sighting.group {
            if case .success = before.interpreter { sampler.untrack(sighting.process) }
            known = nil
        }
        var member = known ?? Member(group: sighting.group, interpreter: sighting.interpreter)
        if known?.interpreter != sighting.interpreter {
            member.interpreter = sighting.interpreter
            switch sighting.interpreter {
            case .success(let location):
                sampler.track(location)
            case .failure:
                sampler.untrack(sighting.process)
                member.counted = nil
            }
        }
        if let increment = sighting.increment {
            member.threads = increment.threads
            member.pending.append(increment)
            // Of what is not observed for long nothing is counted but the newest.
            if member.pending.count > 2 { member.pending.removeFirst() }
        }
        members[sighting.process] = member
    }

    private mutating func count() {
        for (process, tracked) in sampler.processes {
            guard var member = members[process] else { continue }
            member.sampling = tracked.state
            if let observation = tracked.observation {
                let counters = counters(of: member.group)
                counters.add(observation, since: member.counted)
                member.counted = observation
                for increment in member.pending { counters.add(increment) }
                member.pending = []
            }
            members[process] = member
        }
        let cpu = sampler.cpuTime.seconds
        metrics.ownCPU.increment(by: cpu - countedCPU)
        countedCPU = cpu
        let rounds = sampler.rounds
        metrics.rounds.increment(by: Double(rounds.all - countedRounds.all))
        metrics.lateRounds.increment(by: Double(rounds.late - countedRounds.late))
        metrics.missedTime.increment(by: (rounds.missed - countedRounds.missed).seconds)
        metrics.searchCPU.increment(by: (rounds.searching - countedRounds.searching).seconds)
        countedRounds = rounds
        metrics.sampleRate.set(members.isEmpty ? 0 : sampler.effectiveRate)
    }

    private mutating func counters(of group: String) -> GroupCounters {
        if let known = counters[group] { return known }
        let new = GroupCounters(metrics, group: group)
        counters[group] = new
        return new
    }

    private mutating func show() {
        var groups: [String: GroupState] = [:]
        for member in members.values {
            switch member.state {
            case .success(let observation):
                groups[member.group, default: GroupState()].add(observation, threads: member.threads)
            case .failure(let reason):
                groups[member.group, default: GroupState()].unobservable[reason, default: 0] += 1
            case nil:
                break
            }
        }
        for group in Set(groups.keys).union(shown.keys) {
            groups[group, default: GroupState()].show(as: group, after: shown[group], in: metrics)
        }
        shown = groups
    }
}
