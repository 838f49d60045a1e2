import TestSupport

/// The labels of a probe's metrics.
struct Series: Hashable, Sendable, CustomStringConvertible {
    let runtime: String
    let probe: String

    init(_ runtime: String, _ probe: String) {
        self.runtime = runtime
        self.probe = probe
    }

    var labels: [String: String] { ["runtime": runtime, "probe": probe] }
    var description: String { "\(runtime) \(probe)" }
}

extension OpenMetricsDocument {
    /// A sample by its family, what its name adds to the family's, and its labels.
    func value(_ family: String, _ suffix: String, _ labels: [String: String]) -> Double? {
        self[family]?.value(suffix, labels)
    }

    /// The probes that their runtimes can run.
    var supportedSeries: Set<Series> {
        let samples = self["gil_probe_supported"]?.samples ?? []
        return Set(
            samples.filter { $0.value == 1 }.map { Series($0.labels["runtime"] ?? "", $0.labels["probe"] ?? "") }
        )
    }

    /// Failures of a runtime's probes, summed, for one reason.
    func failures(of runtime: String, reason: String) -> Double {
        let samples = self["gil_probe_failures"]?.samples ?? []
        return samples.filter { $0.labels["runtime"] == runtime && $0.labels["reason"] == reason }
            .reduce(0) { $0 + $1.value }
    }
}
