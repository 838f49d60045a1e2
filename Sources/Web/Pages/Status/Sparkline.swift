/// Speedups over the last rounds beside their ideal, or durations, which have none.
struct Sparkline {
    /// Oldest first; nil leaves a gap.
    let values: [Double?]
    let ideal: Double?

    private static let size = (width: 160.0, height: 32.0)

    var html: HTML {
        let known = values.compactMap { $0 }.sorted()
        guard let lowest = known.first, let highest = known.last else { return .nothing }
        let (low, high, middle) = (text(lowest), text(highest), text(known[known.count / 2]))
        let rounds = values.count == 1 ? "1 round" : "\(values.count) rounds"
        let top = max(ideal ?? 0, highest) * 1.1
        return """
            <svg class="spark" viewBox="0 0 160 32" width="160" height="32" role="img" \
            aria-label="\(ideal == nil ? "Duration" : "Speedup") in the last \(rounds): from \(low) to \(high), median \(middle)">\
            \(idealLine(top))\(lines(top))\(end(top))</svg>
            """
    }

    private func text(_ value: Double) -> String {
        ideal == nil ? "\(DecimalText.fixed(value, places: 3)) s" : DecimalText.fixed(value, places: 2)
    }

    private func idealLine(_ top: Double) -> HTML {
        guard let ideal else { return .nothing }
        let height = DecimalText.fixed(y(ideal, top), places: 1)
        return "<line class=\"ideal\" x1=\"0\" x2=\"160\" y1=\"\(height)\" y2=\"\(height)\"/>"
    }

    private func lines(_ top: Double) -> [HTML] {
        values.indices.split { values[$0] == nil }.map { run in
            let points = run.compactMap { index in values[index].map { point(index, $0, top) } }
            return "<polyline points=\"\(points.joined(separator: " "))\"/>"
        }
    }

    /// A dot where the line ends, so that a single round is visible and the newest stands out.
    private func end(_ top: Double) -> HTML {
        guard let last = values.indices.last(where: { values[$0] != nil }), let value = values[last] else {
            return .nothing
        }
        return """
            <circle cx="\(DecimalText.fixed(x(last), places: 1))" cy="\(DecimalText.fixed(y(value, top), places: 1))" r="2.5"/>
            """
    }

    private func point(_ index: Int, _ value: Double, _ top: Double) -> String {
        "\(DecimalText.fixed(x(index), places: 1)),\(DecimalText.fixed(y(value, top), places: 1))"
    }

    /// The newest one at the right, and a place for each round that is kept, until there are more.
    private func x(_ index: Int) -> Double {
        let step = (Self.size.width - 6) / Double(max(59, values.count - 1))
        return Self.size.width - 3 - Double(values.count - 1 - index) * step
    }

    private func y(_ value: Double, _ top: Double) -> Double {
        Self.size.height - 2 - value / top * (Self.size.height - 4)
    }
}
