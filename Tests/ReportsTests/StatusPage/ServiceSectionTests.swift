import Testing

@testable import Observation
@testable import Reports

struct ServiceSectionTests {
    private func html(
        _ groups: [ObservedGroup],
        profiles: [String: LockProfile]? = nil,
        scan: ScanReport? = ScanReport()
    ) -> String {
        ServiceSection(
            overview: ObservationOverview(groups, profiles: profiles, usableCPUs: 4, scan: scan, remedy: "grant it"),
            links: ServiceSection.Links(
                groups: "/groups",
                runbook: { "/runbooks/\($0)" },
                explanation: "/documents",
                flameGraph: { "/graphs/\($0)" }
            )
        )
        .html.source
    }

    @Test func `a group has its verdict, its figures and the runbook`() {
        let source = html([.bound])
        #expect(source.contains("<section class=\"limit lock\""))
        #expect(source.contains("<h2 id=\"services\">Of 1 service, 1 is bound by its lock</h2>"))
        #expect(source.contains("<th role=\"rowheader\" scope=\"row\">bound <small>1 process · 3.11.2</small></th>"))
        #expect(source.contains("class=\"verdict lock\">bound by its lock: about 2.3 more CPUs could be used <a href"))
        #expect(source.contains("<a href=\"/runbooks/GILBoundProcesses\">What to do</a>"))
        for (column, value) in [("Held", "1.00"), ("Waiting", "2.30"), ("Demand", "3.30"), ("Switches", "100/s")] {
            #expect(
                source.contains("data-column=\"\(column)\"><span class=\"number\">\(value)</span></td>"),
                "\(column)"
            )
        }
        #expect(source.contains("<span class=\"number\">100 %</span> <small>2.3 waiting</small>"))
        #expect(source.contains("aria-label=\"Demand in the last 60 s: from 3.30 to 3.30, median 3.30\""))
    }

    @Test func `with profiles, a group has the functions that make others wait, and its flame graph`() {
        let source = html([.bound, .idle], profiles: ["bound": .example])
        #expect(source.contains("<li><span title=\"/srv/&lt;a&gt;.py:4\">work&lt;1&gt;</span> 60 %</li>"))
        #expect(source.contains("<li><span title=\"\">&lt;unknown&gt;</span> 10 %</li>"))
        #expect(!source.contains("cheap"), "three are named")
        #expect(source.contains("<a href=\"/graphs/bound\">Flame graph</a>"))
        #expect(!source.contains("/graphs/idle"))
        #expect(!html([.bound]).contains("Flame graph"))
    }

    @Test func `long holds stand below held time`() {
        let source = html([.steady(held: 0.9, wait: 2, longHeld: 0.25, cpu: 0.9)])
        #expect(source.contains("<span class=\"number\">0.90</span> <small>0.25 in long holds</small>"))
    }

    @Test func `waits for a holder without a CPU stand below all waits`() {
        let source = html([.steady(held: 1, wait: 2.78, stalled: 1.53, cpu: 0.45, runQueue: 2.55)])
        #expect(source.contains("<span class=\"number\">2.78</span> <small>1.53 stalled</small>"))
        #expect(source.contains("1.5 wait for a holder without a CPU and 1.3 for one that runs"))
    }

    @Test func `a name is never markup`() {
        let source = html([.steady("<script>\"&", held: 1, wait: 0, cpu: 1), .denied("<b>")])
        #expect(source.contains("&lt;script&gt;&quot;&amp;"))
        #expect(!source.contains("<script>") && !source.contains("<b></th>"))
    }

    @Test func `what is unknown is not 0`() {
        let source = html([.steady(held: 0.4, wait: nil, cpu: nil, runQueue: nil)])
        for column in ["Waiting", "Demand", "CPUs", "Run queue"] {
            #expect(source.contains("data-column=\"\(column)\">–</td>"), "\(column)")
        }
        #expect(source.contains("aria-label=\"Held in the last 60 s: from 0.40 to 0.40, median 0.40\""))
    }

    @Test func `a group of several processes says how many, and how they differ`() {
        var group = ObservedGroup.steady(processes: 3, held: 1.5, wait: 0, cpu: 1.5, saturated: 1)
        let version = PythonVersion(major: 3, minor: 14, micro: 0)
        group.processes[.init(version: version, build: .freeThreaded, isGILEnabled: true)] = 1
        group.unobservable = [.permission: 2]
        #expect(
            ServiceSection.members(group)
                == "6 processes, 1 saturated, 2 not observable · 3.11.2 and 3.14.0 free-threaded, GIL on"
        )
        #expect(html([group]).contains("<small>50 % per active process</small>"))
    }

    @Test func `groups that cannot be observed have the reason and the remedy`() {
        let source = html([.bound, .denied("billing"), .denied("old", .version)])
        #expect(source.contains("<h3 id=\"blind\">Not observable</h3>"))
        #expect(source.contains("<td role=\"cell\"><b>permission</b></td>\n<td role=\"cell\">grant it</td>"))
        #expect(source.contains("<a href=\"/runbooks/GILObservationBlind\">"))
        #expect(source.ranges(of: "class=\"verdict").count == 1)
    }

    @Test func `hundreds of groups have a bounded page with a link to the rest`() {
        let groups = (0..<300).map { ObservedGroup.steady("group-\($0)", held: 0.2, wait: 0, cpu: 0.2) }
        let blind = (0..<100).map { ObservedGroup.denied("denied-\($0)") }
        let source = html(groups + blind)
        #expect(source.ranges(of: "class=\"verdict").count == ServiceSection.maxRows)
        #expect(source.contains("250 more services need less attention: <a href=\"/groups\">all as JSON</a>"))
        #expect(source.contains("80 more: <a href=\"/groups\">all as JSON</a>"))
        #expect(source.utf8.count < 200_000)
    }

    @Test func `what limits the observation has a runbook`() {
        var facts = ScopeFacts()
        facts.showsInit = false
        let source = html([.bound], scan: ScanReport(scope: ObservationScope(facts)))
        #expect(source.contains("<p>Processes of other users are not observed"))
        #expect(source.contains("<a href=\"/runbooks/GILObservationLimited\">"))
        #expect(!html([.bound]).contains("GILObservationLimited"))
    }

    @Test func `a host without Python has a sentence and no table`() {
        let source = html([])
        #expect(source.contains("No Python process is running here"))
        #expect(!source.contains("<table"))
    }
}
