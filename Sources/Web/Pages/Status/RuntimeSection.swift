/// A runtime with a line for each of its probes.
///
/// The roles that the elements have anyway are written down, because on a phone the table is laid out as a list of
/// cards, and browsers take the roles away from a table whose display is changed: WAI-ARIA, "table".
struct RuntimeSection {
    let runtime: StatusPage.Runtime
    /// Makes its identifiers its own.
    let number: Int

    var html: HTML {
        """
        <section aria-labelledby="runtime-\(number)">
        <h2 id="runtime-\(number)">\(runtime.name)</h2>
        <p class="summary">\(runtime.summary)</p>
        \(runtime.probes.isEmpty ? .nothing : table)\(unsupported)
        </section>

        """
    }

    private var table: HTML {
        """
        <table role="table" aria-labelledby="runtime-\(number)">
        <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col">Probe</th>
        <th role="columnheader" scope="col">Speedup</th>
        <th role="columnheader" scope="col">Where worker time went</th>
        <th role="columnheader" scope="col">Duration</th>
        <th role="columnheader" scope="col">Last rounds</th>
        </tr></thead>
        <tbody role="rowgroup">
        \(runtime.probes.map(row))</tbody>
        </table>
        """
    }

    private func row(_ probe: StatusPage.Probe) -> HTML {
        let history = Sparkline(values: probe.history, ideal: probe.idealSpeedup).html
        let disturbances: HTML =
            probe.disturbances.isEmpty ? .nothing : "<p class=\"disturbed\">Disturbed: \(probe.disturbances)</p>"
        return """
            <tr role="row">
            <th role="rowheader" scope="row">\(probe.name) <small>\(probe.meaning)</small></th>
            \(figures(probe))
            <td role="cell" class="history">\(history)\(disturbances)</td>
            </tr>

            """
    }

    private func figures(_ probe: StatusPage.Probe) -> HTML {
        guard let newest = probe.newest else {
            return """
                <td role="cell" class="failed">failed</td>
                <td role="cell" class="time">–</td>
                <td role="cell" class="duration">–</td>
                """
        }
        let speedup = SpeedupBar(speedup: newest.speedup, ideal: probe.idealSpeedup ?? 1, scale: scale)
        return """
            <td role="cell" class="speedup">\(speedup.html)</td>
            <td role="cell" class="time">\(WorkerTimeBar(time: newest.workerTime).html)</td>
            <td role="cell" class="duration">\(DecimalText.fixed(newest.seconds, places: 3)) s</td>
            """
    }

    /// With room for what is better than ideal, as a warm CPU can make it.
    private var scale: Double {
        runtime.probes.reduce(1) { max($0, $1.idealSpeedup ?? 1, $1.newest?.speedup ?? 0) } * 1.1
    }

    private var unsupported: HTML {
        guard !runtime.unsupported.isEmpty else { return .nothing }
        return """
            <ul class="unsupported" aria-label="Probes that it cannot run">
            \(runtime.unsupported.map { "<li>no \($0.name): <small>\($0.text)</small></li>\n" as HTML })</ul>
            """
    }
}
