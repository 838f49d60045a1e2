extension StatusPage {
    var document: HTMLDocument {
        HTMLDocument(
            title: "\(host) – gil-exporter",
            style: Style.css,
            script: RefreshScript.source,
            body: """
                <header>
                <h1>\(host) <small>gil-exporter</small></h1>
                <nav aria-label="Pages">\(links.map { "<a href=\"\($0.path)\">\($0.text)</a> " as HTML })</nav>
                </header>
                <p id="stale" role="status" hidden>The exporter does not answer. This is from before.</p>
                <main>
                \(verdict.html)
                <ul class="facts" aria-label="Now">
                \(facts.map { "<li><small>\($0.name)</small> \($0.text)</li>\n" as HTML })</ul>
                \(runtimes.isEmpty ? .nothing : WorkerTimeBar.legend)
                \(runtimes.enumerated().map { RuntimeSection(runtime: $1, number: $0).html })
                \(FailureSection(failures: failures).html)
                </main>
                <footer>gil-exporter \(version)</footer>
                """
        )
    }
}

extension StatusPage.Verdict {
    fileprivate var html: HTML {
        let style: HTML =
            switch limit {
            case .unknown: "unknown"
            case .machine: "machine"
            case .lock: "lock"
            case .both: "machine"
            case .nothing: "nothing"
            }
        return """
            <section class="verdict \(style)" aria-labelledby="verdict">
            <h2 id="verdict">\(sentence)</h2>
            <p>\(evidence)</p>
            </section>
            """
    }
}
