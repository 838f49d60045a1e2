import Observation

/// The observed groups, those that need attention first: what limits each, and its figures.
///
/// People read "services"; a group is one, unless a rule of the configuration makes something else of it.
struct ServiceSection {
    let overview: ObservationOverview
    /// The links to the runbooks and to the JSON.
    let links: Links

    /// Where the page finds what it links to.
    struct Links {
        let groups: String
        /// The path of a runbook, from its name.
        let runbook: (String) -> String
        let explanation: String
        /// The path of a group's flame graph, from its name.
        let flameGraph: (String) -> String
    }

    /// Rows of the table; a host with hundreds of groups would make a page that nobody reads.
    static let maxRows = 50
    static let maxBlindRows = 20
    /// Functions of a group that are named.
    private static let maxFunctions = 3

    var html: HTML {
        let rows = overview.observed
        return """
            <section class="limit \(style)" aria-labelledby="services">
            <h2 id="services">\(overview.sentence)</h2>
            \(overview.notices.map { "<p>\($0)</p>\n" as HTML })\(scope)\
            \(rows.isEmpty ? .nothing : table(rows))\(blind)
            </section>
            """
    }

    /// What to do if processes of other users are not observed.
    private var scope: HTML {
        guard overview.scan?.scope.excludesOthers == true else { return .nothing }
        return "<p><a href=\"\(links.runbook("GILObservationLimited"))\">What limits the observation</a></p>\n"
    }

    private var style: String {
        let kinds = Set(overview.rows.map(\.verdict.kind))
        if kinds.contains(.lock) { return "lock" }
        if kinds.contains(.cpus) || kinds.contains(.cpusAndLock) { return "machine" }
        if kinds.contains(.saturated) || kinds.contains(.sleepingHolder) { return "lock" }
        return kinds.contains(.unmeasured) || kinds.isEmpty ? "unknown" : "nothing"
    }

    // MARK: the table

    private struct Column {
        let name: String
        let meaning: String
        let cell: @Sendable (ObservedGroup) -> HTML
    }

    private static let columns = [
        Column(
            name: "Held",
            meaning: "Locks that were held, on average, added up over processes. One process with one interpreter "
                + "reaches 1. Below it: the share of the time of each process that uses its lock, and the part in holds "
                + "of 50 ms or more while other threads waited."
        ) { group in
            guard let usage = group.usage else { return unknown }
            let each = usage.heldRatioPerProcess.map { "\(NumberText.percent(min($0, 1))) per active process" } ?? ""
            let long = usage.longHeldRatio.map { NumberText.decimal($0, places: 2) } ?? "0.00"
            let notes = [group.observed > 1 ? each : "", long == "0.00" ? "" : "\(long) in long holds"]
            return figure(
                NumberText.decimal(usage.heldRatio, places: 2),
                notes.filter { !$0.isEmpty }.joined(separator: ", ")
            )
        },
        Column(
            name: "Waiting",
            meaning: "Threads that waited for a lock, on average. Below it: those whose holder had no CPU, at least, "
                + "because it waited for one or slept. Unknown where the C library hides them (musl)."
        ) { group in
            guard let waiting = group.usage?.waitRatio else { return unknown }
            let stalled = NumberText.decimal(group.usage?.stalledWaitRatio ?? 0, places: 2)
            return figure(NumberText.decimal(waiting, places: 2), stalled == "0.00" ? "" : "\(stalled) stalled")
        },
        Column(
            name: "Demand",
            meaning: "Held plus waiting: CPUs that the service would use without its lock. An upper limit, because a "
                + "waiting thread may need the lock only for a moment."
        ) { figure($0.usage?.demandRatio, places: 2) },
        Column(name: "CPUs", meaning: "CPUs that the service used.") { figure($0.usage?.cpuRatio, places: 2) },
        Column(
            name: "Run queue",
            meaning: "Threads that could run but had no CPU, on average. A thread can wait for the lock and for a CPU "
                + "at once, so do not add this to Waiting."
        ) { figure($0.usage?.runQueueRatio, places: 2) },
        Column(name: "Switches", meaning: "Times a second that the lock went to another thread.") { group in
            figure(group.usage.map { "\(NumberText.decimal($0.switchesPerSecond, places: 0))/s" } ?? "–", "")
        },
        Column(
            name: "Busiest",
            meaning: "The process with the most held and waiting in the last half minute: how long its lock was held, "
                + "and how many threads waited for it."
        ) { group in
            guard let busiest = group.busiest else { return unknown }
            let waiting = busiest.waiting.map { "\(NumberText.decimal($0, places: 1)) waiting" } ?? ""
            return figure(NumberText.percent(min(busiest.held, 1)), waiting)
        },
    ]

    private static let unknown: HTML = "–"

    private static func figure(_ value: Double?, places: Int) -> HTML {
        value.map { figure(NumberText.decimal($0, places: places), "") } ?? unknown
    }

    private static func figure(_ text: String, _ note: String) -> HTML {
        let small: HTML = note.isEmpty ? .nothing : " <small>\(note)</small>"
        return "<span class=\"number\">\(text)</span>\(small)"
    }

    private func table(_ rows: [ObservationOverview.Row]) -> HTML {
        let rest = rows.count - Self.maxRows
        let more: HTML =
            rest > 0
            ? """

            <p class="more">\(rest) more services need less attention: <a href="\(links.groups)">all as JSON</a>.</p>
            """ : .nothing
        return """
            <table role="table" class="services" aria-labelledby="services">
            <thead role="rowgroup"><tr role="row">
            <th role="columnheader" scope="col">Service</th>
            <th role="columnheader" scope="col">What limits it</th>
            \(Self.columns.map { "<th role=\"columnheader\" scope=\"col\">\($0.name)</th>\n" as HTML })\
            <th role="columnheader" scope="col">Demand, last \(span)</th>
            </tr></thead>
            <tbody role="rowgroup">
            \(rows.prefix(Self.maxRows).map(row))</tbody>
            </table>\(more)
            <details id="columns"><summary>What the columns mean</summary>
            <dl>
            \(Self.columns.map { "<dt>\($0.name)</dt><dd>\($0.meaning)</dd>\n" as HTML })</dl>
            <p>All figures are means over the last minute, unless another time is named. The line of the demand begins at \
            0; its top is 1, or its highest value above. \
            <a href="\(links.explanation)">More about the figures and the verdicts</a></p>
            </details>
            """
    }

    private func row(_ row: ObservationOverview.Row) -> HTML {
        """
        <tr role="row">
        <th role="rowheader" scope="row">\(row.group.name) <small>\(Self.members(row.group))</small></th>
        <td role="cell" class="verdict \(row.verdict.kind.rawValue)">\(row.verdict.text)\(runbook(row.verdict))\(functions(row))</td>
        \(Self.columns.map { column in
            "<td role=\"cell\" class=\"figure\" data-column=\"\(column.name)\">\(column.cell(row.group))</td>\n" as HTML
        })<td role="cell" class="trend">\(trend(row.group))</td>
        </tr>

        """
    }

    private func runbook(_ verdict: GroupVerdict) -> HTML {
        guard let name = verdict.runbook else { return .nothing }
        return " <a href=\"\(links.runbook(name))\">What to do</a>"
    }

    /// The functions that made other threads wait most, and the flame graph.
    private func functions(_ row: ObservationOverview.Row) -> HTML {
        guard let functions = row.functions, !functions.isEmpty else { return .nothing }
        let names = functions.prefix(Self.maxFunctions).filter { $0.share >= 0.01 }.map { function -> HTML in
            let place = function.function.line > 0 ? "\(function.function.file):\(function.function.line)" : ""
            return
                "<li><span title=\"\(place)\">\(function.function.name)</span> \(NumberText.percent(function.share))</li>\n"
        }
        return """
            <div class="functions"><small>Held by, while others waited:</small>
            <ul>
            \(names)</ul>
            <a href="\(links.flameGraph(row.group.name))">Flame graph</a></div>
            """
    }

    /// "8 processes, 1 saturated · 3.11.7".
    static func members(_ group: ObservedGroup) -> String {
        let unobserved = group.unobserved.values.reduce(0, +)
        let total = group.observed + group.starting + unobserved
        var parts = [total == 1 ? "1 process" : "\(total) processes"]
        if group.saturated > 0, group.observed > 1 { parts.append("\(group.saturated) saturated") }
        if unobserved > 0 { parts.append("\(unobserved) not observable") }
        let kinds = group.processes.keys.map { kind in
            let build = kind.build == .freeThreaded ? " free-threaded, GIL \(kind.isGILEnabled ? "on" : "off")" : ""
            return "\(kind.version)\(build)"
        }
        let versions = Set(kinds).sorted()
        let shown = versions.count > 3 ? "\(versions.count) versions" : versions.joined(separator: " and ")
        return [parts.joined(separator: ", "), shown].filter { !$0.isEmpty }.joined(separator: " · ")
    }

    private func trend(_ group: ObservedGroup) -> HTML {
        let slots = group.history.slots.map { $0.observed > 0 ? $0 : nil }
        // Without waiting threads, the demand is unknown, but the held time is not.
        let isHidden = slots.allSatisfy { $0?.wait == nil }
        return Sparkline(
            values: slots.map { isHidden ? $0?.heldRatio : $0?.demandRatio },
            figure: isHidden ? .held : .demand,
            ideal: nil,
            leastTop: 1,
            places: GroupHistory.maxSlots,
            span: Self.time(group.history.slots.reduce(0) { $0 + $1.seconds })
        )
        .html
    }

    /// The time that a full history has, or the longest one.
    private var span: String {
        let longest = overview.rows.map { $0.group.history.slots.reduce(0) { $0 + $1.seconds } }.max() ?? 0
        return Self.time(max(longest, GroupHistory.slotSeconds * Double(GroupHistory.maxSlots)))
    }

    private static func time(_ seconds: Double) -> String { NumberText.approximate(seconds: seconds) }

    // MARK: processes that cannot be observed

    private var blind: HTML {
        let blind = overview.blind
        guard !blind.isEmpty else { return .nothing }
        let rest = blind.count - Self.maxBlindRows
        let more: HTML =
            rest > 0 ? "\n<p class=\"more\">\(rest) more: <a href=\"\(links.groups)\">all as JSON</a>.</p>" : .nothing
        return """

            <h3 id="blind">Not observable</h3>
            <table role="table" class="blind" aria-labelledby="blind">
            <thead role="rowgroup"><tr role="row">
            <th role="columnheader" scope="col">Service</th>
            <th role="columnheader" scope="col">Processes</th>
            <th role="columnheader" scope="col">Reason</th>
            <th role="columnheader" scope="col">What to do</th>
            </tr></thead>
            <tbody role="rowgroup">
            \(blind.prefix(Self.maxBlindRows).map(blindRow))</tbody>
            </table>\(more)
            <p class="more"><a href="\(links.runbook("GILObservationBlind"))">More about the reasons</a></p>
            """
    }

    private func blindRow(_ blind: ObservationOverview.Blind) -> HTML {
        """
        <tr role="row">
        <th role="rowheader" scope="row">\(blind.group)</th>
        <td role="cell">\(blind.processes)</td>
        <td role="cell"><b>\(blind.reason.rawValue)</b></td>
        <td role="cell">\(overview.remedy(for: blind.reason))</td>
        </tr>

        """
    }
}
