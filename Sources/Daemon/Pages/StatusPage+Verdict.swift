import Probing
import Web

extension StatusPage.Verdict {
    init(_ limit: ParallelismLimit) {
        switch limit {
        case .unknown:
            self.init(
                limit: .unknown,
                sentence: "Not known yet what limits parallelism here",
                evidence: "It takes a round in which single and a probe without a shared lock give measurements."
            )
        case .machine(let evidence, let causes):
            let words = causes.map(\.words)
            let cause =
                words.isEmpty
                ? "No cause was seen: the CPUs may share cores, or be slowed down."
                : "What was seen: \(words.joined(separator: ", "))."
            self.init(
                limit: .machine,
                sentence: "The machine limits parallelism here, not the lock",
                evidence: "\(evidence.sentence). \(cause)"
            )
        case .lock(let free, let locked):
            self.init(
                limit: .lock,
                sentence: "The lock limits parallelism here, not the machine",
                evidence: "\(locked.sentence)\(locked.waits). \(free.sentence)."
            )
        case .nothing(let evidence):
            self.init(
                limit: .nothing,
                sentence: "Nothing limits parallelism here",
                evidence: "\(evidence.sentence), and no probe contends for a lock."
            )
        }
    }
}

extension ParallelismLimit.Evidence {
    /// "python3 gil: 2 workers are 0.98 times as fast as one".
    fileprivate var sentence: String {
        "\(runtime) \(probe.rawValue): \(workers) workers are \(Self.hundredths(speedup)) times as fast as one"
    }

    fileprivate var waits: String {
        lockWait.map { " and wait for the lock for \(Int(($0 * 100).rounded())) % of their time" } ?? ""
    }

    private static func hundredths(_ value: Float) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
