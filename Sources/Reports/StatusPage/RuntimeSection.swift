import Probing

/// A runtime, with a row for each of its countdowns, and a table for each of its other probes.
///
/// The markup repeats the roles that the elements have by themselves: on a phone the style sheet lays the table out as a
/// list of cards, and browsers remove the roles from a table whose display is changed. WAI-ARIA, "table".
struct RuntimeSection {
    let runtime: RoundHistory.Runtime
    /// The countdowns of the newest round.
    let countdowns: [ProbeSeries]
    /// Its other probes.
    let others: [ProbeSeries]
    /// Makes the identifiers unique on the page.
    let number: Int

    init(_ runtime: RoundHistory.Runtime, rounds: [Round], number: Int) {
        self.runtime = runtime
        self.number = number
        // A runtime that did not describe itself ran no probe. Its failures are in their own section.
        let newest = runtime.info == nil ? [] : rounds.last?.runs.filter { $0.runtime == runtime.name } ?? []
        let probes = Probe.allCases.filter { probe in newest.contains { $0.probe == probe } }
            .map { ProbeSeries($0, of: runtime.name, in: rounds) }
        countdowns = probes.filter { $0.probe.work == .countdown }
        others = probes.filter { $0.probe.work != .countdown }
    }

    var html: HTML {
        """
        <section aria-labelledby="runtime-\(number)">
        <h2 id="runtime-\(number)">\(runtime.name)</h2>
        <p class="summary">\(summary)</p>
        \(countdowns.isEmpty ? .nothing : table)\(others.map(panel))\(unsupported)
        </section>

        """
    }

    /// "cpython 3.11.7 · switch interval 5.0 ms · /usr/bin/python3.11".
    var summary: String {
        guard let info = runtime.info else { return "The runtime did not describe itself; see the last failures." }
        let interval = info.switchIntervalNanoseconds.map { "switch interval \(Double($0) / 1e6) ms" }
        return ["\(info.implementation) \(info.version)", info.freeThreaded ? "free-threaded" : interval, info.path]
            .compactMap { $0 }.joined(separator: " · ")
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
        \(countdowns.map(row))</tbody>
        </table>
        """
    }

    private func panel(_ series: ProbeSeries) -> HTML {
        switch series.probe.work {
        case .countdown: .nothing
        case .referenceCounts: ReferenceCountPanel(series: series, number: number).html
        case .wakeUps:
            LatencyPanel(
                series: series,
                switchInterval: runtime.info?.switchIntervalNanoseconds,
                number: number
            )
            .html
        }
    }

    private func row(_ series: ProbeSeries) -> HTML {
        let figure: Sparkline.Figure = series.idealSpeedup == nil ? .duration : .speedup
        let history = Sparkline(values: series.values, figure: figure, ideal: series.idealSpeedup).html
        return """
            <tr role="row">
            <th role="rowheader" scope="row">\(series.probe.rawValue) <small>\(series.meaning)</small></th>
            \(figures(series))
            <td role="cell" class="history">\(history)\(series.disturbanceNote)</td>
            </tr>

            """
    }

    private func figures(_ series: ProbeSeries) -> HTML {
        guard let newest = series.newest, let measurement = newest.measurement else {
            return """
                <td role="cell" class="failed">failed</td>
                <td role="cell" class="time">–</td>
                <td role="cell" class="duration">–</td>
                """
        }
        let speedup = SpeedupBar(speedup: newest.speedup, ideal: series.idealSpeedup ?? 1, scale: scale)
        return """
            <td role="cell" class="speedup">\(speedup.html)\(disturbances(measurement))</td>
            <td role="cell" class="time">\(WorkerTimeBar(ledger: measurement.ledger).html)</td>
            <td role="cell" class="duration">\(NumberText.seconds(measurement.durationSeconds, places: 3))</td>
            """
    }

    /// Why this run is not worth much.
    private func disturbances(_ measurement: Measurement) -> HTML {
        let words = Disturbance.allCases.filter(measurement.disturbances.contains).map(\.words)
        return words.isEmpty ? .nothing : "<p class=\"disturbed\">Disturbed: \(words.joined(separator: ", "))</p>"
    }

    /// Leaves room for a speedup above the ideal one, which a warm CPU can give.
    private var scale: Double {
        countdowns.reduce(1) { max($0, $1.idealSpeedup ?? 1, $1.newest?.speedup ?? 0) } * 1.1
    }

    private var unsupported: HTML {
        let reasons = Probe.allCases.compactMap { probe in
            runtime.info?.unsupported[probe.rawValue].map { reason in
                "<li>no \(probe.rawValue): <small>\(reason)</small></li>\n" as HTML
            }
        }
        guard !reasons.isEmpty else { return .nothing }
        return """
            <ul class="unsupported" aria-label="Unsupported probes">
            \(reasons)</ul>
            """
    }
}

/// The runs of one probe of a runtime over the rounds, oldest first.
struct ProbeSeries {
    let probe: Probe
    /// Nil for a round without the probe.
    private let runs: [Round.Run?]
    private let measurements: [Measurement]

    init(_ probe: Probe, of runtime: String, in rounds: [Round]) {
        self.probe = probe
        runs = rounds.map { $0.run(probe, of: runtime) }
        measurements = runs.compactMap { $0?.measurement }
    }

    /// Nil where the newest round has no measurement.
    var newest: Round.Run? { runs.last.flatMap { $0?.measurement == nil ? nil : $0 } }

    /// A measurement for each round; nil where there is none.
    var results: [Measurement?] { runs.map { $0?.measurement } }

    /// "2 threads that contend for a lock".
    var meaning: String {
        guard let workers = measurements.last?.workers, !probe.isReference else { return probe.meaning }
        return "\(workers) \(probe.meaning)"
    }

    /// Nil for the reference probe, whose speedup is 1 by definition.
    var idealSpeedup: Double? {
        probe.isReference ? nil : Double(probe.idealSpeedup(workers: measurements.last?.workers ?? 1))
    }

    /// The speedups, or the seconds of the reference probe; nil where there is no measurement.
    var values: [Double?] {
        runs.map { probe.isReference ? $0?.measurement?.durationSeconds : $0?.speedup }
    }

    /// "steal in 3 of 60": the disturbances and the number of their runs. Empty where no run was disturbed.
    var disturbances: String {
        Disturbance.allCases.compactMap { disturbance -> String? in
            let count = measurements.count { $0.disturbances.contains(disturbance) }
            return count == 0 ? nil : "\(disturbance.words) in \(count) of \(measurements.count)"
        }
        .joined(separator: ", ")
    }

    var disturbanceNote: HTML {
        disturbances.isEmpty ? .nothing : "<p class=\"disturbed\">Disturbed: \(disturbances)</p>"
    }
}
