import Probing

/// What the phases of the probe `refcount` show, in sentences.
struct ReferenceCountFindings {
    private let phases: [ReferenceCountPhase]
    /// Of the phases with several; 1 where there are none.
    private let workers: Int
    /// Whether the workers had to wait for CPUs. Then they may neither race nor contend, and the waits are in all times.
    private let lackedCPUs: Bool

    init(_ phases: [ReferenceCountPhase], disturbances: Set<Disturbance> = []) {
        self.phases = phases
        workers = phases.map(\.workers).max() ?? 1
        lackedCPUs = !disturbances.isDisjoint(with: [.runQueue, .affinity, .throttled])
    }

    var sentences: [String] {
        let figures =
            lackedCPUs
            ? ["The workers waited for CPUs, so the times show the machine rather than the counts"]
            : [cost, interpreter, gain]
        return ([race, safety] + figures).compactMap { $0.map { "\($0)." } }
    }

    private var race: String? {
        guard let phase = phases.together(.unprotected, .shared) else { return nil }
        let subject = "\(workers) workers that share unprotected counts lost"
        guard phase.lost > 0 else { return "\(subject) none of their updates in this run" }
        let effect =
            phase.releasedEarly == 0
            ? "leak" : phase.leaked == 0 ? "be released in use" : "leak, or be released in use"
        let number = phase.lostShare < LostUpdates.least ? "\(phase.lost)" : LostUpdates.text(phase.lostShare)
        return "\(subject) at least \(number) of their updates: objects would \(effect)"
    }

    private var safety: String? {
        let protected = phases.filter { $0.scheme != .unprotected }
        let faulty = ReferenceCountScheme.allCases.filter { scheme in
            protected.contains { $0.scheme == scheme && $0.lost > 0 }
        }
        guard faulty.isEmpty else {
            return "\(NumberText.list(faulty.map(\.rawValue))) lost updates, which must not happen"
        }
        guard protected.contains(where: { $0.workers > 1 }) else { return nil }
        return phases.count == protected.count ? "No update was lost" : "The other schemes lost none"
    }

    private var cost: String? {
        let costs = Self.alternatives.compactMap { scheme, words in
            ratio(scheme).map { "\(Self.text($0)) times as long \(words)" }
        }
        return costs.isEmpty ? nil : "Compared with unprotected, a pair takes one worker \(Self.list(costs, "as long"))"
    }

    private var gain: String? {
        let gains = Self.alternatives.compactMap { scheme, words in
            phases.speedup(scheme, .private).map { "\(Self.text($0)) times as many pairs as one \(words)" }
        }
        guard !gains.isEmpty else { return nil }
        return "With objects of their own, \(workers) workers do \(Self.list(gains, "as many pairs as one"))"
    }

    /// The list without these words in all parts but the first.
    private static func list(_ parts: [String], _ words: String) -> String {
        NumberText.list(parts.prefix(1) + parts.dropFirst().map { $0.replacing(" \(words)", with: "") })
    }

    private var interpreter: String? {
        guard let one = phases.alone(.interpreter, .private) else { return nil }
        let cost = "A pair takes one worker \(one.pairTimeText) ns"
        guard
            let own = phases.speedup(.interpreter, .private),
            let shared = phases.speedup(.interpreter, .shared)
        else { return cost }
        return "\(cost); \(workers) workers do \(Self.text(own)) times as many as one with objects of their own, "
            + "and \(Self.text(shared)) times as many with shared ones"
    }

    /// What keeps the counts right, in words.
    private static let alternatives: [(scheme: ReferenceCountScheme, words: String)] = [
        (.gil, "under the GIL"), (.objectLock, "with a lock per object"), (.atomic, "with atomic counts"),
        (.biased, "with biased counts"),
    ]

    /// The time of one worker on objects of its own, relative to `unprotected`.
    private func ratio(_ scheme: ReferenceCountScheme) -> Double? {
        phases.alone(scheme, .private).flatMap { phases.ratio(of: $0) }
    }

    private static func text(_ ratio: Double) -> String { NumberText.decimal(ratio, places: 1) }
}

/// How many updates of a count were lost, in words.
enum LostUpdates {
    /// The smallest share that is shown as a number.
    static let least = 0.001

    /// "4.9 %", "<0.1 %", "0": a share of all updates. A small one is not shown as 0.
    static func text(_ share: Double) -> String {
        switch share {
        case 0: "0"
        case ..<least: "<0.1 %"
        default: "\(NumberText.decimal(share * 100, places: 1)) %"
        }
    }
}

extension [ReferenceCountPhase] {
    /// The time for a pair relative to that of one worker without protection, with the same sharing; nil where that was
    /// not measured, and for itself.
    func ratio(of phase: ReferenceCountPhase) -> Double? {
        guard let reference = alone(.unprotected, phase.sharing), reference != phase else { return nil }
        return phase.pairTime / reference.pairTime
    }
}

extension ReferenceCountPhase {
    /// At least so many updates were lost. Lost increments and lost decrements cancel each other.
    fileprivate var lost: UInt64 { leaked + releasedEarly }

    private var updates: Double { 2 * Double(pairs) }

    // Shares of all updates: a pair has two.

    var lostShare: Double { Double(lost) / updates }
    var leakedShare: Double { Double(leaked) / updates }
    var releasedEarlyShare: Double { Double(releasedEarly) / updates }

    /// "9.1" or "150": nanoseconds.
    var pairTimeText: String { NumberText.decimal(pairTime, places: pairTime < 100 ? 1 : 0) }
}

extension ReferenceCountScheme {
    /// "atomic counts".
    var words: String {
        switch self {
        case .unprotected: "plain counts"
        case .gil: "plain counts under one lock for all objects"
        case .objectLock: "a lock per object"
        case .atomic: "atomic counts"
        case .biased: "biased counts"
        case .interpreter: "the counts of the interpreter"
        }
    }
}
