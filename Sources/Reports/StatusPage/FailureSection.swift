import Linux
import Probing

/// The last failures of probes, and of runtimes to describe themselves.
struct FailureSection {
    /// Newest first.
    let failures: [RoundHistory.Failure]
    /// Seconds since 1970.
    let now: Double

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

    private func row(_ entry: RoundHistory.Failure) -> HTML {
        let time = Timestamp.rfc3339(milliseconds: Int64(entry.time * 1000))
        let run = entry.probe?.rawValue ?? "description"
        return """
            <tr role="row">
            <th role="rowheader" scope="row"><time datetime="\(time)">\(clock(time))</time> \
            <small>\(NumberText.approximate(seconds: now - entry.time)) ago</small></th>
            <td role="cell">\(entry.runtime) \(run)</td>
            <td role="cell" class="duration">\(entry.seconds.map { NumberText.seconds($0, places: 2) } ?? "–")</td>
            <td role="cell"><b>\(entry.failure.reason.rawValue)</b> \(entry.failure.detail)\
            \(standardError(entry.failure, identifier: "stderr-\(time)-\(entry.runtime)-\(run)"))</td>
            </tr>

            """
    }

    /// - Parameter identifier: stays the same from one page to the next, so that the script can keep it open.
    private func standardError(_ failure: WorkerFailure, identifier: String) -> HTML {
        guard !failure.standardError.isEmpty else { return .nothing }
        return """

            <details id="\(identifier)"><summary>Standard error</summary>
            <pre>\(failure.standardError)</pre></details>
            """
    }

    /// "2026-11-23 19:00:00 UTC" for "2026-11-23T19:00:00.123Z".
    private func clock(_ time: String) -> String {
        let parts = time.prefix { $0 != "." }.split(separator: "T")
        return "\(parts.joined(separator: " ")) UTC"
    }
}
