/// Pages of the documentation, to be served: the status page links to them wherever the exporter runs.
package enum Document {
    /// The texts, in Markdown, by the names of their files.
    package static let all: [String: String] = [
        "configuration": PackageResources.configuration_md,
        "groups": PackageResources.groups_md,
        "groups-api": PackageResources.groups_api_md,
        "metrics": PackageResources.metrics_md,
        "observation": PackageResources.observation_md,
        "probes": PackageResources.probes_md,
        "questions": PackageResources.questions_md,
        "rounds-api": PackageResources.rounds_api_md,
    ].mapValues { String(decoding: $0, as: UTF8.self) }
}

/// The paths of reports, which the status page links to.
package enum ReportPath {
    package static let groups = "/api/v1/groups"
    package static let rounds = "/api/v1/rounds"
    package static let configuration = "/api/v1/configuration"

    package static func runbook(_ alert: String) -> String { "/runbooks/\(alert)" }
    /// The flame graph of a group.
    package static func flameGraph(_ group: String) -> String { flameGraphs + group.percentEncoded }
    package static let flameGraphs = "/flamegraph/"
    package static func document(_ name: String) -> String { "/documentation/\(name)" }
}
