import Probing

/// The probe `refcount` of a runtime: the time for a pair under each scheme, and the updates that it lost.
///
/// The roles are repeated for the reason that ``RuntimeSection`` has.
struct ReferenceCountPanel {
    let series: ProbeSeries
    /// Makes the identifiers unique on the page.
    let number: Int

    var html: HTML {
        """

        <h3 id="refcount-\(number)">Reference counts <small>\(series.meaning)</small></h3>
        \(phases.isEmpty ? .nothing : findings)\(table)
        \(series.disturbanceNote)
        """
    }

    /// Of the newest run; empty if that failed.
    private var phases: [ReferenceCountPhase] { series.newest?.measurement?.referenceCounts ?? [] }

    private var findings: HTML {
        let disturbances = series.newest?.measurement?.disturbances ?? []
        let findings = ReferenceCountFindings(phases, disturbances: disturbances)
        return "<p class=\"summary\">\(findings.sentences.joined(separator: " "))</p>\n"
    }

    private var table: HTML {
        """
        <table role="table" class="counts" aria-labelledby="refcount-\(number)">
        <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col">Scheme</th>
        <th role="columnheader" scope="col">Time for a pair, own objects</th>
        <th role="columnheader" scope="col">Time for a pair, shared objects</th>
        <th role="columnheader" scope="col">Lost updates</th>
        </tr></thead>
        <tbody role="rowgroup">
        \(phases.isEmpty ? [failure] : schemes.map(row))</tbody>
        </table>
        """
    }

    private var schemes: [ReferenceCountScheme] {
        ReferenceCountScheme.allCases.filter { scheme in phases.contains { $0.scheme == scheme } }
    }

    private var failure: HTML {
        """
        <tr role="row">
        <th role="rowheader" scope="row">\(series.probe.rawValue)</th>
        <td role="cell" class="pair failed">failed</td>
        <td role="cell" class="pair">–</td>
        <td role="cell" class="lost">–</td>
        </tr>

        """
    }

    private func row(_ scheme: ReferenceCountScheme) -> HTML {
        """
        <tr role="row">
        <th role="rowheader" scope="row">\(series.probe.rawValue) \(scheme.rawValue) <small>\(scheme.words)</small></th>
        <td role="cell" class="pair private">\(bar(scheme, .private))</td>
        <td role="cell" class="pair shared">\(bar(scheme, .shared))</td>
        <td role="cell" class="lost">\(lost(scheme))</td>
        </tr>

        """
    }

    private func bar(_ scheme: ReferenceCountScheme, _ sharing: ReferenceSharing) -> HTML {
        let ones = [phases.alone(scheme, sharing), phases.together(scheme, sharing)].compactMap { $0 }
        return ones.isEmpty ? "–" : PairTimeBar(phases: ones, scale: scale).html
    }

    /// The longest time: all bars of the panel are compared.
    private var scale: Double { phases.reduce(0) { max($0, $1.pairTime) } }

    /// Of all workers, on shared objects and on their own.
    private func lost(_ scheme: ReferenceCountScheme) -> HTML {
        let ones = ReferenceSharing.allCases.compactMap { phases.together(scheme, $0) }
        guard !ones.isEmpty else { return "–" }
        let leaked = ones.reduce(0) { max($0, $1.leakedShare) }
        let early = ones.reduce(0) { max($0, $1.releasedEarlyShare) }
        let parts = [(leaked, "leaked"), (early, "released early")].filter { $0.0 > 0 }
        guard !parts.isEmpty else { return "<span class=\"number\">0</span>" }
        return
            "\(parts.map { "<span class=\"number failed\">\(LostUpdates.text($0.0))</span> <small>\($0.1)</small> " as HTML })"
    }
}

/// The time for a pair with one worker, and below it with all.
private struct PairTimeBar {
    /// One or two.
    let phases: [ReferenceCountPhase]
    /// The nanoseconds at the end of the bar.
    let scale: Double

    var html: HTML {
        let words = phases.map { phase in
            "\(phase.workers == 1 ? "1 worker" : "\(phase.workers) workers") \(phase.pairTimeText) ns"
        }
        let rectangles = phases.enumerated().map { index, phase in
            let width = NumberText.decimal(phase.pairTime / scale * 100, places: 1)
            let height = 10 / phases.count
            let style = phase.workers == 1 ? "rest" : "speed"
            return "<rect class=\"\(style)\" y=\"\(index * height)\" width=\"\(width)\" height=\"\(height)\"/>" as HTML
        }
        return """
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" \
            aria-label="\(words.joined(separator: ", "))"><rect class="track" width="100" height="10"/>\
            \(rectangles)</svg>
            <span class="words" aria-hidden="true">\(words.joined(separator: " · "))</span>
            """
    }
}
