/// The last runs that gave no measurement.
struct FailureSection {
    /// Newest first.
    let failures: [StatusPage.Failure]

    var html: HTML {
        """
        <section aria-labelledby="failures">
        <h2 id="failures">Last failures</h2>
        \(failures.isEmpty ? "<p class=\"summary\">None since the exporter started.</p>" : table)
        </section>
        """
    }

    private var table: HTML {
        """
        <table role="table" class="failures" aria-labelledby="failures">
        <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col">When</th>
        <th role="columnheader" scope="col">Run</th>
        <th role="columnheader" scope="col">After</th>
        <th role="columnheader" scope="col">What happened</th>
        </tr></thead>
        <tbody role="rowgroup">
        \(failures.map(row))</tbody>
        </table>
        """
    }

    private func row(_ failure: StatusPage.Failure) -> HTML {
        let seconds = failure.seconds.map { "\(DecimalText.fixed($0, places: 2)) s" } ?? "–"
        return """
            <tr role="row">
            <th role="rowheader" scope="row"><time datetime="\(failure.time)">\(clock(failure.time))</time> \
            <small>\(DecimalText.rough(seconds: failure.age)) ago</small></th>
            <td role="cell">\(failure.runtime) \(failure.probe ?? "description")</td>
            <td role="cell" class="duration">\(seconds)</td>
            <td role="cell"><b>\(failure.reason)</b> \(failure.detail)\(standardError(failure))</td>
            </tr>

            """
    }

    /// Its identifier is its own from one page to the next, so that what a reader has opened stays open.
    private func standardError(_ failure: StatusPage.Failure) -> HTML {
        guard !failure.standardError.isEmpty else { return .nothing }
        return """

            <details id="stderr-\(failure.time)-\(failure.runtime)-\(failure.probe ?? "description")"><summary>Standard error</summary>
            <pre>\(failure.standardError)</pre></details>
            """
    }

    /// "2026-11-23 19:00:00 UTC" of "2026-11-23T19:00:00.123Z".
    private func clock(_ time: String) -> String {
        let parts = time.prefix { $0 != "." }.split(separator: "T")
        return "\(parts.joined(separator: " ")) UTC"
    }
}
