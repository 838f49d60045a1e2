import Probing

/// A speedup and its ideal.
struct SpeedupBar {
    /// Nil where the reference probe gave no measurement.
    let speedup: Double?
    let ideal: Double
    /// The value at the end of the bar, the same for all bars that are compared.
    let scale: Double

    /// The meaning of the bar, once a page.
    static let legend: HTML = """
        <p class="scale"><b>Speedup</b>: how many times as fast all workers are as one. The mark in the bar is the ideal: 1 \
        for workers that share a lock, otherwise their number. More than the ideal means that the one worker was slow \
        when it was measured: disturbed, or on a CPU that had not reached its frequency. The bars of a table have the \
        same scale.</p>
        """

    var html: HTML {
        guard let speedup else { return "<span class=\"number\">unknown</span>" }
        let text = NumberText.decimal(speedup, places: 2)
        let wanted = NumberText.decimal(ideal, places: 0)
        return """
            <span class="number">\(text) times<small> ideal \(wanted)</small></span>
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" \
            aria-label="\(text) times as fast as one worker; ideal is \(wanted)">\
            <rect class="track" width="100" height="10"/>\
            <rect class="speed" width="\(position(min(1, speedup / scale)))" height="10"/>\
            <rect class="ideal" x="\(position(ideal / scale))" width="1" height="10"/></svg>
            """
    }

    private func position(_ share: Double) -> String { NumberText.decimal(share * 100, places: 1) }
}

/// Where the time of the workers went, as a bar and in words.
struct WorkerTimeBar {
    private struct Part {
        let style: HTML
        let name: String
        let meaning: String
        let share: @Sendable (TimeLedger) -> Double?
    }

    private static let parts = [
        Part(style: "cpu", name: "CPU", meaning: "counting down") { $0.cpuRatio },
        Part(style: "lock", name: "lock", meaning: "waiting for the lock") { $0.lockWaitRatio },
        Part(style: "queue", name: "queue", meaning: "waiting for a CPU") { $0.runQueueRatio },
        Part(style: "rest", name: "rest", meaning: "neither") { $0.restRatio },
    ]

    /// Of all workers together.
    let ledger: TimeLedger

    /// The meaning of the colours, once a page.
    static var legend: HTML {
        let parts = parts.map { part in
            "<li class=\"\(part.style)\"><b>\(part.name)</b> \(part.meaning)</li>\n" as HTML
        }
        return """
            <ul class="legend" aria-label="Where worker time goes">
            \(parts)</ul>
            """
    }

    var html: HTML {
        let words = Self.parts.map { part in
            "\(part.name) \(part.share(ledger).map(NumberText.percent) ?? "unknown")"
        }
        return """
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" \
            aria-label="\(words.joined(separator: ", "))"><rect class="track" width="100" height="10"/>\
            \(rectangles)</svg>
            <span class="words" aria-hidden="true">\(words.joined(separator: " · "))</span>
            """
    }

    private var rectangles: [HTML] {
        var start = 0.0
        return Self.parts.compactMap { part in
            // Clocks of different resolution may add up to slightly more than the time.
            guard let share = part.share(ledger), share > 0, start < 1 else { return nil }
            let width = min(share, 1 - start)
            defer { start += width }
            let (x, length) = (NumberText.decimal(start * 100, places: 1), NumberText.decimal(width * 100, places: 1))
            return "<rect class=\"\(part.style)\" x=\"\(x)\" width=\"\(length)\" height=\"10\"/>"
        }
    }
}

/// One figure of the last rounds or minutes, and its ideal where it has one.
struct Sparkline {
    /// What the values are, with their notation.
    enum Figure: String {
        case speedup = "Speedup"
        case duration = "Duration"
        case latency = "Median delay"
        case demand = "Demand"
        case held = "Held"

        func text(_ value: Double) -> String {
            switch self {
            case .speedup, .demand, .held: NumberText.decimal(value, places: 2)
            case .duration: NumberText.seconds(value, places: 3)
            case .latency: NumberText.milliseconds(UInt64(max(0, value) * 1e9))
            }
        }
    }

    /// Oldest first; nil leaves a gap. Times are in seconds.
    let values: [Double?]
    let figure: Figure
    let ideal: Double?
    /// The line shows at least this much, so that the noise of a small value does not look like a change.
    var leastTop = 0.0
    /// The number of values that fit.
    var places = RoundHistory.maxRounds
    /// The time that the values are of; nil: their number of rounds.
    var span: String?

    private static let size = (width: 160.0, height: 32.0)

    var html: HTML {
        let known = values.compactMap { $0 }.sorted()
        guard let lowest = known.first, let highest = known.last else { return .nothing }
        let (low, high, middle) = (figure.text(lowest), figure.text(highest), figure.text(known[known.count / 2]))
        let rounds = span ?? (values.count == 1 ? "1 round" : "\(values.count) rounds")
        let top = max(ideal ?? 0, highest, leastTop) * 1.1
        return """
            <svg class="spark" viewBox="0 0 160 32" width="160" height="32" role="img" \
            aria-label="\(figure.rawValue) in the last \(rounds): from \(low) to \(high), median \(middle)">\
            \(idealLine(top))\(lines(top))\(end(top))</svg>
            """
    }

    private func idealLine(_ top: Double) -> HTML {
        guard let ideal else { return .nothing }
        let height = NumberText.decimal(y(ideal, top), places: 1)
        return "<line class=\"ideal\" x1=\"0\" x2=\"160\" y1=\"\(height)\" y2=\"\(height)\"/>"
    }

    private func lines(_ top: Double) -> [HTML] {
        values.indices.split { values[$0] == nil }.map { run in
            let points = run.compactMap { index in values[index].map { point(index, $0, top) } }
            return "<polyline points=\"\(points.joined(separator: " "))\"/>"
        }
    }

    /// A dot at the end of the line makes a single round visible, and the newest one prominent.
    private func end(_ top: Double) -> HTML {
        guard let last = values.indices.last(where: { values[$0] != nil }), let value = values[last] else {
            return .nothing
        }
        return """
            <circle cx="\(NumberText.decimal(x(last), places: 1))" cy="\(NumberText.decimal(y(value, top), places: 1))" r="2.5"/>
            """
    }

    private func point(_ index: Int, _ value: Double, _ top: Double) -> String {
        "\(NumberText.decimal(x(index), places: 1)),\(NumberText.decimal(y(value, top), places: 1))"
    }

    /// The newest value is at the right. There is a place for each one that the history keeps.
    private func x(_ index: Int) -> Double {
        let step = (Self.size.width - 6) / Double(max(places, values.count) - 1)
        return Self.size.width - 3 - Double(values.count - 1 - index) * step
    }

    private func y(_ value: Double, _ top: Double) -> Double {
        Self.size.height - 2 - value / top * (Self.size.height - 4)
    }
}
