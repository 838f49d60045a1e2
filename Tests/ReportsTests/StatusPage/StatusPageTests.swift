import Testing

@testable import Observation
@testable import Probing
@testable import Reports

struct StatusPageTests {
    private let source = source(of: RecordedHistory.contents)

    private static func source(of history: RoundHistory.Contents, text: String = "text") -> String {
        StatusPage(
            host: text,
            version: text,
            started: 1_795_450_580,
            links: [StatusPage.Link(text, path: "/metrics?\(text)")],
            services: ObservationOverview(
                [.bound, .steady(text, held: 0.2, wait: 0, cpu: 0.2), .denied("denied")],
                usableCPUs: 4,
                scan: ScanReport(),
                remedy: text
            ),
            history: history,
            timeToNextRound: nil,
            now: 1_795_461_380.25
        )
        .source(nonce: "n")
    }

    @Test func `a text is never markup`() {
        let (marked, plain) = ("<b a=\"'\">&", "plain")
        let tags = { (text: String) in
            let source = Self.source(of: RecordedHistory.contents(runtime: text, text: text), text: text)
            return source.split(separator: "<").map { $0.prefix { $0.isLetter || $0 == "/" } }
        }
        #expect(tags(marked) == tags(plain))
        let source = Self.source(of: RecordedHistory.contents(runtime: marked, text: marked), text: marked)
        #expect(!source.contains("<b a="))
        #expect(source.contains("&lt;b a=&quot;&#39;&quot;&gt;&amp;"))
    }

    @Test func `every picture has words`() {
        let pictures = source.ranges(of: "<svg").count
        #expect(pictures == source.ranges(of: "role=\"img\"").count)
        #expect(pictures == 6 + 2 + 4 + 2, "a probe without measurements has none")
    }

    @Test func `the page has landmarks, one heading of the first level, and headers for all rows and columns`() {
        // The script names elements, too.
        let markup = source.prefix(upTo: source.firstRange(of: "<script")?.lowerBound ?? source.endIndex)
        for element in ["<header>", "<nav ", "<main>", "<footer>", "<h1>"] {
            #expect(markup.ranges(of: element).count == 1, "\(element)")
        }
        // Two groups, one that cannot be observed, three countdowns, a scheme, two locks and two failures, in six tables.
        #expect(source.ranges(of: "<th role=\"rowheader\" scope=\"row\">").count == 2 + 1 + 3 + 1 + 2 + 2)
        #expect(source.ranges(of: "<tr role=\"row\">").count == 2 + 1 + 3 + 1 + 2 + 2 + 6)
    }

    @Test func `the style and the script are in the page, with its nonce`() {
        #expect(source.contains("<style nonce=\"n\">\n/* The status page"))
        #expect(source.contains("@media print"))
        #expect(source.contains("<script nonce=\"n\">\n// Replaces"))
        #expect(source.contains("setInterval(refresh, 10000);"))
        #expect(source.ranges(of: "</style>").count == 1)
        #expect(source.ranges(of: "</script>").count == 1)
    }

    @Test func `services come before probes, with the facts of the exporter`() throws {
        let places = try ["<small>Usable CPUs</small> 4", "id=\"services\"", "id=\"blind\"", "id=\"limit\""].map {
            try #require(source.firstRange(of: $0), "\($0)").lowerBound
        }
        #expect(places == places.sorted())
        #expect(source.contains("<small>Exporter started</small> 2026-11-23 16:16:20 UTC, 3 h ago"))
        #expect(source.contains("<a href=\"/documentation/metrics\">metrics</a>"))
        #expect(source.contains("<a href=\"/runbooks/GILBoundProcesses\">What to do</a>"))
    }

    @Test func `every link to a document or a runbook leads to one that is served`() {
        let links = source.split(separator: "href=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        for link in links where link.hasPrefix("/documentation/") || link.hasPrefix("/runbooks/") {
            let name = String(link.split(separator: "/")[1])
            #expect(Document.all[name] != nil || Runbook.all[name] != nil, "\(link)")
        }
        #expect(links.count > 8)
    }

    @Test func `the page shows the current run, the last round and its cost`() {
        #expect(source.contains("<small>Now</small> running python3 gil, 2 of 3"))
        #expect(source.contains("<small>Last round</small> 75 s ago"))
        #expect(source.contains("<small>Rounds</small> 8"))
        #expect(source.contains("<small>Cost of the last</small> 1.5 s of CPU"))
        #expect(Self.source(of: RecordedHistory.empty).contains("<small>Now</small> starting a round"))
    }

    @Test func `a failure keeps its identifier when another one follows`() {
        let identifier = "<details id=\"stderr-2026-11-23T19:15:05.250Z-python3-multiprocess\">"
        var contents = RecordedHistory.contents
        #expect(Self.source(of: contents).ranges(of: identifier).count == 1)
        contents.record(
            .failed(runtime: "python3", probe: .gil, WorkerFailure(.crash, "died", standardError: "no luck")),
            now: 0,
            time: 1_795_461_365.25
        )
        let source = Self.source(of: contents)
        #expect(source.ranges(of: identifier).count == 1)
        #expect(source.contains("<details id=\"stderr-2026-11-23T19:16:05.250Z-python3-gil\">"))
    }

    @Test func `a failure has its time, duration, reason and standard error`() {
        #expect(source.contains("<time datetime=\"2026-11-23T19:15:05.250Z\">2026-11-23 19:15:05 UTC</time>"))
        #expect(source.contains("<small>75 s ago</small>"))
        #expect(source.contains("<td role=\"cell\">mute description</td>"))
        #expect(source.contains("<td role=\"cell\" class=\"duration\">0.25 s</td>"))
        #expect(source.contains("<b>timeout</b> late"))
        #expect(source.contains("<pre>slow</pre>"))
        #expect(Self.source(of: RecordedHistory.empty).contains("None since the exporter started."))
    }
}
