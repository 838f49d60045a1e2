import Glibc
import Probing

/// The runs of the probe `latency` as a table for a terminal, with the distribution of the delays.
struct LatencyTable {
    /// A heading, and the table.
    let lines: [String]
    /// What the table shows.
    let sentences: [String]

    private static let columns: [TextTable.Column] = [
        .words("runtime"), .words("lock"), .numbers("wake-ups"), .numbers("median"), .numbers("p99"),
        .numbers("max"), .numbers("run queue"), .words(DelayBars.axis),
    ]

    /// - Parameters:
    ///   - runs: of the probe `latency`.
    ///   - switchInterval: of the native runtime, in nanoseconds. Others report theirs.
    init(_ runs: [Round.Run], switchInterval: UInt64?) {
        let table = TextTable(Self.columns, rows: runs.flatMap(Self.rows))
        lines = ["latency: ms from the deadline to having the lock, less the median alone", table.header] + table.lines
        let legend = "Run queue: ms per wake-up without a CPU. Bars: the wake-ups by their delay."
        let findings = runs.compactMap { run -> String? in
            guard let measurement = run.measurement, let latency = measurement.latency else { return nil }
            let isNative = run.runtime == RuntimeConfiguration.native.name
            let interval = measurement.source?.switchIntervalNanoseconds ?? (isNative ? switchInterval : nil)
            let findings = LatencyFindings(latency: latency, workers: measurement.workers, switchInterval: interval)
            return "\(run.runtime): \(findings.sentences.joined(separator: " "))"
        }
        sentences = (findings.isEmpty ? [] : [legend]) + findings
    }

    private static func rows(_ run: Round.Run) -> [[String]] {
        guard let latency = run.measurement?.latency else {
            return [[run.runtime, "failed", "-", "-", "-", "-", "-", ""]]
        }
        return latency.distributions.map { distribution in
            [
                run.runtime,
                distribution.lock.rawValue,
                "\(distribution.count)",
                milliseconds(Double(distribution.median)),
                milliseconds(Double(distribution.p99)),
                milliseconds(Double(distribution.max)),
                distribution.meanRunQueue.map(milliseconds) ?? "?",
                DelayBars(distribution.delays).description,
            ]
        }
    }

    private static func milliseconds(_ nanoseconds: Double) -> String {
        NumberText.decimal(nanoseconds / 1e6, places: 3)
    }
}

/// A histogram in a line: five bars for each power of ten.
struct DelayBars: CustomStringConvertible {
    let description: String

    /// Each number stands at the bar that begins with it.
    static let axis = "0.1  1    10 ms"

    /// Nanoseconds at which the first bar begins. It has all shorter delays, too.
    private static let lowest = 1e5
    private static let barsPerDecade = 5.0
    /// The last bar ends at 100 ms. It has all longer delays, too.
    private static let count = 15
    private static let heights: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// - Parameter delays: in nanoseconds.
    init(_ delays: [UInt64]) {
        var counts = [Int](repeating: 0, count: Self.count)
        for delay in delays {
            let place = log10(max(Double(delay), Self.lowest) / Self.lowest) * Self.barsPerDecade
            counts[min(Self.count - 1, Int(place))] += 1
        }
        let highest = max(1, counts.max() ?? 1)
        description = String(
            counts.map { count in
                // A single delay is visible, too.
                count == 0 ? " " : Self.heights[(count * Self.heights.count - 1) / highest]
            }
        )
    }
}
