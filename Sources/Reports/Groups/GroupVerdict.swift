package import Observation

/// What limits a group of processes, in a word and in a sentence: Documentation/groups-api.md.
///
/// It is drawn from the last minute, and from the last half minute of the busiest process.
package struct GroupVerdict: Sendable, Equatable {
    /// The order is that of the page: what needs attention comes first.
    package enum Kind: String, Sendable, CaseIterable {
        /// Threads wait for the lock, whose holder has a CPU most of the time.
        case lock
        /// Threads wait for the lock, and its holder has no CPU for a part of that time.
        case cpusAndLock = "cpus_and_lock"
        /// A lock is held almost all the time, and no other thread wants it.
        case saturated
        /// A lock is held by a thread that uses no CPU.
        case sleepingHolder = "sleeping_holder"
        /// Threads wait for CPUs; of those that wait for the lock, most wait for a holder without a CPU.
        case cpus
        /// The processes use CPUs without their lock.
        case outside
        /// The lock is free often enough.
        case room
        case noLock = "no_lock"
        case unmeasured
        case idle
        case unobservable
        case absent
    }

    /// The alert that fires for a group with this verdict, whose runbook has more.
    package var runbook: String? {
        switch kind {
        case .lock, .cpusAndLock: "GILBoundProcesses"
        case .saturated, .sleepingHolder: "GILSaturatedEventLoop"
        case .cpus: "GILHostStarved"
        case .unobservable: "GILObservationBlind"
        case .outside, .room, .noLock, .unmeasured, .idle, .absent: nil
        }
    }

    package let kind: Kind
    package let text: String
    /// CPUs that the group could use in addition without its lock, of those that are free; nil unless the lock is the limit.
    package var moreCPUs: Double?

    private init(_ kind: Kind, _ text: String, moreCPUs: Double? = nil) {
        self.kind = kind
        self.text = text
        self.moreCPUs = moreCPUs
    }

    // MARK: limits between the verdicts

    /// Threads that wait for a lock. Two threads that always want it make one wait.
    private static let contention = 0.5
    /// Of the waiting threads, the share that may wait for a holder without a CPU while the lock alone is the limit; and
    /// the share that may be without a CPU themselves while CPUs seem free: that of the alert.
    private static let overlap = 0.25
    /// The share that waits for a holder without a CPU, from which on the lock is hardly the limit.
    private static let starvation = 0.75
    /// The share that waits for a holder that sleeps, from which on that is the problem.
    private static let sleep = 0.5
    /// Threads without a CPU that are worth a word, and their share of all threads that could run.
    private static let queue = (threads: 0.1, share: 0.2)
    /// CPUs, and locks, below which a group is idle.
    private static let idleness = 0.05

    // MARK: the verdict

    /// - Parameter freeCPUs: CPUs of this host that no observed process uses; nil if it is unknown.
    package init(_ group: ObservedGroup, freeCPUs: Double?) {
        self = Self.withoutMeasurement(group) ?? Self.measured(group, freeCPUs)
    }

    private static func withoutMeasurement(_ group: ObservedGroup) -> GroupVerdict? {
        let unobserved = group.unobserved.values.reduce(0, +)
        if group.observed + group.starting == 0 {
            if unobserved > 0 { return GroupVerdict(.unobservable, "cannot be observed") }
            return GroupVerdict(.absent, group.isExpected ? "expected, but has no process" : "has no process now")
        }
        guard group.observed > 0, let usage = group.usage else { return GroupVerdict(.unmeasured, "not measured yet") }
        guard group.processes.keys.allSatisfy({ !$0.isGILEnabled }) else { return nil }
        let used = usage.cpuRatio.map { ": uses \(cpus($0))" } ?? ""
        return GroupVerdict(.noLock, "runs without a lock\(used)")
    }

    private static func measured(_ group: ObservedGroup, _ freeCPUs: Double?) -> GroupVerdict {
        guard let usage = group.usage else { return GroupVerdict(.unmeasured, "not measured yet") }
        let (wait, queue) = (usage.waitRatio ?? 0, usage.runQueueRatio ?? 0)
        if isContended(group, usage) { return contended(group, usage, freeCPUs) }
        let running = usage.cpuRatio ?? usage.heldRatio
        if queue >= Self.queue.threads, queue >= Self.queue.share * (running + queue) {
            let few = number(wait) == "0.0"
            let subject = few ? "waits for CPUs, not for the lock" : "waits for CPUs"
            let rest = few ? "" : ", and \(number(wait)) wait for the lock"
            return GroupVerdict(.cpus, "\(subject): \(threads(queue)) have none on average\(rest)")
        }
        if group.saturated > 0 { return saturated(group, usage) }
        if max(usage.cpuRatio ?? 0, usage.heldRatio) < idleness { return GroupVerdict(.idle, "idle") }
        if let cpu = usage.cpuRatio, cpu - usage.heldRatio > 0.5, cpu > 2 * usage.heldRatio {
            return GroupVerdict(.outside, "works without the lock most of the time: uses \(cpus(cpu))")
        }
        return GroupVerdict(.room, room(group, usage))
    }

    /// Whether threads wait for the lock of the busiest process; or, where its last half minute is unknown, of any.
    private static func isContended(_ group: ObservedGroup, _ usage: GroupUsage) -> Bool {
        guard let wait = usage.wait, wait > 0 else { return false }
        if let waiting = group.busiest?.waiting { return waiting > contention }
        return usage.active > 0 && wait / usage.active > contention
    }

    /// Threads wait for the lock: for a holder that runs, for one that waits for a CPU, or for one that sleeps.
    private static func contended(_ group: ObservedGroup, _ usage: GroupUsage, _ freeCPUs: Double?) -> GroupVerdict {
        let (wait, queue) = (usage.waitRatio ?? 0, usage.runQueueRatio ?? 0)
        let stalled = usage.stalledWaitRatio ?? 0
        let share = wait > 0 ? stalled / wait : 0
        // A holder that waits for a CPU is on a run queue itself. Half of that time allows for the errors of both.
        let isStarved = queue >= max(Self.queue.threads, usage.heldRatio * share / 2)
        if isStarved, share >= overlap {
            let words = "of \(threads(wait)) that wait for the lock, \(number(stalled)) wait for a holder without a CPU"
            guard share < starvation else { return GroupVerdict(.cpus, "waits for CPUs: \(words)") }
            // The rounded numbers of the sentence add up.
            let rest = "and \(number(tenths(wait) - tenths(stalled))) for one that runs"
            return GroupVerdict(.cpusAndLock, "waits for CPUs and for its lock: \(words) \(rest)")
        }
        if share >= sleep || isAsleep(usage) {
            return GroupVerdict(.sleepingHolder, "waits for a thread that holds the lock without using a CPU")
        }
        // Programs other than Python may use the CPUs that seem free.
        let isFull = queue >= max(Self.queue.threads, overlap * wait)
        return bound(group, wait: wait, isFull ? 0 : freeCPUs)
    }

    /// Whether locks are held by threads that neither use a CPU nor wait for one.
    private static func isAsleep(_ usage: GroupUsage) -> Bool {
        guard let cpu = usage.cpuRatio else { return false }
        return cpu < usage.heldRatio / 2 && (usage.runQueueRatio ?? 0) < overlap * usage.heldRatio
    }

    private static func bound(_ group: ObservedGroup, wait: Double, _ freeCPUs: Double?) -> GroupVerdict {
        let number = group.observed
        let subject: String
        if number == 1 || group.saturated >= number {
            subject = "bound by its lock"
        } else if group.saturated > 0 {
            subject = "\(saturatedProcesses(group)) bound by the lock"
        } else {
            subject = "its busiest process is bound by the lock"
        }
        guard let freeCPUs else {
            return GroupVerdict(.lock, "\(subject): about \(cpus(wait, "more ")) could be used", moreCPUs: wait)
        }
        // Below half of the threads of one CPU, the answer would be a rounding error.
        guard freeCPUs >= idleness else {
            return GroupVerdict(.lock, "\(subject), but no CPU is free to use without it", moreCPUs: 0)
        }
        let more = min(wait, freeCPUs)
        let all = wait > freeCPUs ? ", all that are free" : ""
        return GroupVerdict(.lock, "\(subject): about \(cpus(more, "more ")) could be used\(all)", moreCPUs: more)
    }

    private static func saturated(_ group: ObservedGroup, _ usage: GroupUsage) -> GroupVerdict {
        let subject = group.observed == 1 ? "saturated" : "\(saturatedProcesses(group)) saturated"
        if isAsleep(usage) {
            return GroupVerdict(.sleepingHolder, "\(subject): a thread holds the lock without using a CPU")
        }
        let waiting = usage.wait == nil ? "the C library hides whether threads wait" : "no other thread waits for it"
        return GroupVerdict(.saturated, "\(subject): the lock is always held, and \(waiting)")
    }

    private static func room(_ group: ObservedGroup, _ usage: GroupUsage) -> String {
        guard let held = group.busiest?.held ?? usage.heldRatioPerProcess else { return "not limited by its lock" }
        let place = group.observed == 1 ? "" : " in the busiest process"
        return "not limited by its lock: held \(NumberText.percent(min(held, 1))) of the time\(place)"
    }

    // MARK: words

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private static func number(_ value: Double) -> String { NumberText.decimal(value, places: 1) }

    private static func cpus(_ value: Double, _ word: String = "") -> String {
        let text = number(value)
        return "\(text) \(word)\(text == "1.0" ? "CPU" : "CPUs")"
    }

    private static func threads(_ value: Double) -> String { "\(number(value)) threads" }

    /// "one of 8 processes is", "2 of 8 processes are".
    private static func saturatedProcesses(_ group: ObservedGroup) -> String {
        let (count, verb) = group.saturated == 1 ? ("one", "is") : ("\(group.saturated)", "are")
        return "\(count) of \(group.observed) processes \(verb)"
    }
}
