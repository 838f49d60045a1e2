import Linux
package import Probing

/// The page at the exporter's address: the observed services, what limits parallelism on this host, and the results of
/// the last rounds.
package struct StatusPage: Sendable {
    package struct Link: Sendable {
        var path: String
        var text: String

        package init(_ text: String, path: String) {
            self.path = path
            self.text = text
        }
    }

    let host: String
    /// Of the exporter.
    let version: String
    /// When the exporter started, in seconds since 1970; nil if it is unknown.
    let started: Double?
    let links: [Link]
    /// The path of a page for its users, who may reach it through a proxy.
    let path: @Sendable (String) -> String
    let services: ObservationOverview
    let history: RoundHistory.Contents
    /// Nil while a round runs.
    let timeToNextRound: Duration?
    /// Seconds since 1970.
    let now: Double

    package init(
        host: String,
        version: String,
        started: Double?,
        links: [Link],
        path: @escaping @Sendable (String) -> String = { $0 },
        services: ObservationOverview,
        history: RoundHistory.Contents,
        timeToNextRound: Duration?,
        now: Double = KernelClock.unixTime()
    ) {
        self.host = host
        self.version = version
        self.started = started
        self.links = links
        self.path = path
        self.services = services
        self.history = history
        self.timeToNextRound = timeToNextRound
        self.now = now
    }

    /// - Parameter nonce: marks the page's style and script as its own, for its Content-Security-Policy.
    package func source(nonce: String) -> String {
        HTMLDocument(title: "\(host) – gil-exporter", style: Self.style, script: Self.script, body: body)
            .source(nonce: nonce)
    }

    private static let style = String(decoding: PackageResources.status_css, as: UTF8.self)
    private static let script = String(decoding: PackageResources.status_js, as: UTF8.self)

    private var body: HTML {
        """
        <header>
        <h1>\(host) <small>gil-exporter</small></h1>
        <nav aria-label="Pages">\(links.map { "<a href=\"\($0.path)\">\($0.text)</a> " as HTML })</nav>
        </header>
        <p id="stale" role="status" hidden>The exporter does not answer. This page shows its last answer.</p>
        <main>
        <ul class="facts" aria-label="Exporter">
        \(exporterFacts.map(Self.fact))</ul>
        \(ServiceSection(overview: services, links: serviceLinks).html)
        <p class="part">Probes measure what this host can do: short programs that the exporter runs itself, independent \
        of the services above. \(history.isDisabled ? "They are disabled. " : "")\
        <a href="\(path(ReportPath.document("probes")))">About the probes</a></p>
        \(history.isDisabled ? .nothing : probes)
        </main>
        <footer>gil-exporter \(version). Documentation: \(documents)</footer>
        """
    }

    private var probes: HTML {
        """
        \(LimitSection(limit: ParallelismLimit(history.rounds)).html)
        <ul class="facts" aria-label="Now">
        \(facts.map(Self.fact))</ul>
        \(history.runtimes.isEmpty ? .nothing : WorkerTimeBar.legend)
        \(history.runtimes.isEmpty ? .nothing : SpeedupBar.legend)
        \(history.runtimes.enumerated().map { RuntimeSection($1, rounds: history.rounds, number: $0).html })
        \(FailureSection(failures: history.failures.reversed(), now: now).html)
        """
    }

    private static func fact(_ fact: (name: String, text: String)) -> HTML {
        "<li><small>\(fact.name)</small> \(fact.text)</li>\n"
    }

    private var serviceLinks: ServiceSection.Links {
        ServiceSection.Links(
            groups: path(ReportPath.groups),
            runbook: { path(ReportPath.runbook($0)) },
            explanation: path(ReportPath.document("groups-api")),
            flameGraph: { path(ReportPath.flameGraph($0)) }
        )
    }

    private var documents: [HTML] {
        let names = [
            ("observation", "observation"), ("questions", "questions and answers"), ("metrics", "metrics"),
            ("groups", "groups"), ("probes", "probes"), ("configuration", "configuration"),
        ]
        return names.map { name, text in "<a href=\"\(path(ReportPath.document(name)))\">\(text)</a> " }
    }

    private var exporterFacts: [(name: String, text: String)] {
        var facts: [(name: String, text: String)] = []
        if let cpus = services.usableCPUs { facts.append(("Usable CPUs", "\(cpus)")) }
        if let started {
            let time = Timestamp.rfc3339(milliseconds: Int64(started * 1000)).prefix { $0 != "." }
            let age = NumberText.approximate(seconds: now - started)
            facts.append(("Exporter started", "\(time.split(separator: "T").joined(separator: " ")) UTC, \(age) ago"))
        }
        facts.append(("Version", version))
        return facts
    }

    private var facts: [(name: String, text: String)] {
        guard let newest = history.rounds.last else { return [("Now", activity)] }
        return [
            ("Now", activity),
            ("Last round", "\(NumberText.approximate(seconds: now - newest.finished)) ago"),
            ("Rounds", "\(newest.number + 1)"),
            ("Cost of the last", "\(NumberText.seconds(newest.cpuSeconds, places: 1)) of CPU"),
        ]
    }

    private var activity: String {
        if let running = history.running {
            return "running \(running.runtime) \(running.probe.rawValue), \(running.done + 1) of \(running.total)"
        }
        guard let timeToNextRound else { return "starting a round" }
        let delay = history.isStretched ? ", delayed to keep the CPU budget" : ""
        return "next round in \(NumberText.approximate(seconds: timeToNextRound.seconds))\(delay)"
    }
}
