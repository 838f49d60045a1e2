/// The kinds of families there are here. The raw value is the word of OpenMetrics' `# TYPE` line.
enum MetricType: String, CaseIterable, Sendable {
    case counter
    case gauge
    case histogram
    case info

    /// The word of the text format's `# TYPE` line: 0.0.4 does not know `info`.
    var textName: String {
        switch self {
        case .info: "gauge"
        case .counter, .gauge, .histogram: rawValue
        }
    }

    /// What every name of this type ends in. The text format counts it to the family's name, OpenMetrics to the
    /// sample's only.
    var nameSuffix: String {
        switch self {
        case .counter: "_total"
        case .info: "_info"
        case .gauge, .histogram: ""
        }
    }

    /// What OpenMetrics lets the sample names of this type end in ("MetricFamily", Suffixes), those included that
    /// are not written here: another family must not be called so either.
    var sampleSuffixes: [String] {
        switch self {
        case .counter: ["_total", "_created"]
        case .gauge: [""]
        case .histogram: ["_bucket", "_count", "_sum", "_created"]
        case .info: ["_info"]
        }
    }
}
