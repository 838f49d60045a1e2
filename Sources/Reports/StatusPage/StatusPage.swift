import Linux
package import Probing

/// The page at the exporter's address: what limits parallelism on this host, and the results of the last rounds.
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
    let links: [Link]
    let history: RoundHistory.Contents
    /// Nil while a round runs.
    let timeToNextRound: Duration?
    /// Seconds since 1970.
    let now: Double

    package init(
        host: String,
        version: String,
        links: [Link],
        history: RoundHistory.Contents,
        timeToNextRound: Duration?,
        now: Double = KernelClock.unixTime()
    ) {
        self.host = host
        self.version = version
        self.links = links
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
        \(LimitSection(limit: ParallelismLimit(history.rounds)).html)
        <ul class="facts" aria-label="Now">
        \(facts.map { "<li><small>\($0.name)</small> \($0.text)</li>\n" as HTML })</ul>
        \(history.runtimes.isEmpty ? .nothing : WorkerTimeBar.legend)
        \(history.runtimes.enumerated().map { RuntimeSection($1, rounds: history.rounds, number: $0).html })
        \(FailureSection(failures: history.failures.reversed(), now: now).html)
        </main>
        <footer>gil-exporter \(version)</footer>
        """
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
