/// The runbooks of the alerts, to be served: an alert's link then leads to a page wherever Prometheus runs.
package enum Runbook {
    /// The texts, in Markdown, by the alerts' names.
    package static let all: [String: String] = [
        "GILBoundProcesses": PackageResources.GILBoundProcesses_md,
        "GILCameBack": PackageResources.GILCameBack_md,
        "GILExporterDown": PackageResources.GILExporterDown_md,
        "GILExporterReloadFailed": PackageResources.GILExporterReloadFailed_md,
        "GILHostStarved": PackageResources.GILHostStarved_md,
        "GILLatencyHigh": PackageResources.GILLatencyHigh_md,
        "GILLongHolds": PackageResources.GILLongHolds_md,
        "GILObservationBlind": PackageResources.GILObservationBlind_md,
        "GILObservationLimited": PackageResources.GILObservationLimited_md,
        "GILParallelCapacityLost": PackageResources.GILParallelCapacityLost_md,
        "GILProbeFailing": PackageResources.GILProbeFailing_md,
        "GILProbesStale": PackageResources.GILProbesStale_md,
        "GILSaturatedEventLoop": PackageResources.GILSaturatedEventLoop_md,
    ].mapValues { String(decoding: $0, as: UTF8.self) }
}
