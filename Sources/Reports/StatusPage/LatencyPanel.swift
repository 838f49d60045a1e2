import Probing

/// The probe `latency` of a runtime: how long a worker that wakes up waits, for each kind of lock.
///
/// The roles are repeated for the reason that ``RuntimeSection`` has.
struct LatencyPanel {
    let series: ProbeSeries
    /// In nanoseconds; nil where the runtime has no lock or does not report it.
    let switchInterval: UInt64?
    /// Makes the identifiers unique on the page.
    let number: Int

    var html: HTML {
        """

        <h3 id="latency-\(number)">Latency <small>\(series.meaning)</small></h3>
        \(findings)\(table)
        \(series.disturbanceNote)
        """
    }

    /// Of the newest run; nil if that failed.
    private var latency: Latency? { series.newest?.measurement?.latency }

    private var findings: HTML {
        guard let latency, let workers = series.newest?.measurement?.workers else { return .nothing }
        let findings = LatencyFindings(latency: latency, workers: workers, switchInterval: switchInterval)
        return "<p class=\"summary\">\(findings.sentences.joined(separator: " "))</p>\n"
    }

    private var table: HTML {
        """
        <table role="table" class="latency" aria-labelledby="latency-\(number)">
        <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col">Lock</th>
        <th role="columnheader" scope="col">Delay\(switchInterval == nil ? "" : "; the line is the switch interval")</th>
        <th role="columnheader" scope="col">Median of the last rounds</th>
        </tr></thead>
        <tbody role="rowgroup">
        \(latency?.distributions.map(row) ?? [failure])</tbody>
        </table>
        """
    }

    private var failure: HTML {
        """
        <tr role="row">
        <th role="rowheader" scope="row">\(series.probe.rawValue)</th>
        <td role="cell" class="delay failed">failed</td>
        <td role="cell" class="history">–</td>
        </tr>

        """
    }

    private func row(_ distribution: Latency.Distribution) -> HTML {
        let lock = distribution.lock
        let medians = series.results.map { measurement in
            measurement?.latency?.distributions.first { $0.lock == lock }.map { Double($0.median) / 1e9 }
        }
        let interval = switchInterval.map { Double($0) / 1e9 }
        let history = Sparkline(
            values: medians,
            figure: .latency,
            ideal: lock == .shared ? interval : nil,
            leastTop: max(interval ?? 0, 0.001)
        )
        let bar = DelayBar(distribution: distribution, switchInterval: switchInterval, scale: scale)
        return """
            <tr role="row">
            <th role="rowheader" scope="row">\(series.probe.rawValue) \(lock.rawValue) <small>\(lock.words)</small></th>
            <td role="cell" class="delay">\(bar.html)</td>
            <td role="cell" class="history">\(history.html)</td>
            </tr>

            """
    }

    /// All bars of the panel are compared. A single long delay does not make the others invisible.
    private var scale: Double {
        let longest = Double(latency?.distributions.reduce(0) { max($0, $1.p99) } ?? 0)
        guard let switchInterval, switchInterval > 0 else { return max(1e6, longest) }
        let interval = Double(switchInterval)
        return max(1.5 * interval, min(4 * interval, longest))
    }
}

/// The median and the 99th percentile of the delays, and the switch interval.
private struct DelayBar {
    let distribution: Latency.Distribution
    /// In nanoseconds; nil where it is unknown.
    let switchInterval: UInt64?
    /// The nanoseconds at the end of the bar.
    let scale: Double

    var html: HTML {
        let words = [("median", distribution.median), ("p99", distribution.p99), ("max", distribution.max)]
            .map { "\($0.0) \(NumberText.milliseconds($0.1))" }
        return """
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" \
            aria-label="\(words.joined(separator: ", "))\(intervalWords)"><rect class="track" width="100" height="10"/>\
            <rect class="rest" y="3" width="\(position(distribution.p99))" height="4"/>\
            <rect class="speed" width="\(position(distribution.median))" height="10"/>\(line)</svg>
            <span class="words" aria-hidden="true">\(words.joined(separator: " · "))</span>
            """
    }

    private var intervalWords: String {
        switchInterval.map { "; the switch interval is \(NumberText.milliseconds($0))" } ?? ""
    }

    private var line: HTML {
        guard let switchInterval else { return .nothing }
        return "<rect class=\"ideal\" x=\"\(position(switchInterval))\" width=\"1\" height=\"10\"/>"
    }

    private func position(_ nanoseconds: UInt64) -> String {
        NumberText.decimal(min(1, Double(nanoseconds) / scale) * 100, places: 1)
    }
}
