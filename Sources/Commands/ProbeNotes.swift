import Probing

/// What a person should know about a round beside its measurements.
enum ProbeNotes {
    /// An error for each probe on the command line that cannot run: on a runtime that is on the command line too, or on any
    /// runtime at all.
    ///
    /// - Parameter runtimes: with the info of each that has described itself.
    static func refusals(
        of probes: [Probe],
        by runtimes: [(runtime: String, info: RuntimeInfo?)],
        areRuntimesNamed: Bool
    ) -> [String] {
        let described = runtimes.compactMap { known in known.info.map { (known.runtime, $0) } }
        return Set(probes).sorted { $0.rawValue < $1.rawValue }.flatMap { probe -> [String] in
            let refusals = described.compactMap { name, info in info.refusal(of: probe).map { "\(name): \($0)" } }
            return areRuntimesNamed || refusals.count == runtimes.count ? refusals : []
        }
    }

    /// A warning about countdowns that took too little time.
    static func warning(about round: Round) -> String? {
        let short = round.measurements.filter(\.isTooShort).map { "\($0.runtime) \($0.probe.rawValue)" }
        guard !short.isEmpty else { return nil }
        return "warning: these measurements took less than 10 ms, too short to compare; raise --iterations: "
            + short.joined(separator: ", ")
    }
}
