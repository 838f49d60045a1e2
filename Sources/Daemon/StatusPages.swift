import Linux
import Probing
import Reports
import Web

/// The pages about this exporter and what it observes: the status page, the groups and the configuration as JSON, and the
/// documents that the status page links to.
struct StatusPages: Sendable {
    let options: ServeOptions
    /// Nil without one.
    let configurationFile: String?
    let history: RoundHistory
    let scheduler: ProbeScheduler
    let observation: ObservationService

    var routes: [Route] {
        [
            .page(at: "/") { nonce in statusPage.source(nonce: nonce) },
            .json(at: ReportPath.groups) {
                try GroupsJSON.encode(observation.overview(), host: HostName.current, version: BuildInfo.version)
            },
            .json(at: ReportPath.configuration) {
                try ConfigurationJSON.encode(scheduler.settings, observation.settings, file: configurationFile)
            },
        ]
            + Runbook.all.map { .text(at: ReportPath.runbook($0), $1) }
            + Document.all.map { .text(at: ReportPath.document($0), $1) }
    }

    private var statusPage: StatusPage {
        let routes = options.routes
        let prefix = options.externalURL?.prefix ?? routes.prefix
        let links = [
            ("Metrics", "\(routes.telemetryPath)"), ("Services as JSON", ReportPath.groups),
            ("Rounds as JSON", ReportPath.rounds), ("Configuration in force", ReportPath.configuration),
            ("Health", "/-/healthy"), ("Readiness", "/-/ready"),
        ]
        return StatusPage(
            host: HostName.current ?? "this host",
            version: "\(BuildInfo.version) (\(BuildInfo.revision))",
            started: Self.started,
            links: links.map { StatusPage.Link($0, path: prefix.path(of: $1)) },
            path: { prefix.path(of: $0) },
            services: observation.overview(),
            history: history.contents,
            timeToNextRound: scheduler.timeToNextRound
        )
    }

    /// When this process started: read once, so that it stays the same when the clock is set.
    private static let started: Double? = {
        guard let start = try? ProcessStat.ofThisProcess().uptimeAtStart, let boot = try? KernelStat.read().bootTime
        else { return nil }
        return Double(boot) + start.seconds
    }()
}
