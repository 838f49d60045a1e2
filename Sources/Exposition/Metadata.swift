/// Name, type, help and unit of a family.
struct Metadata: Sendable {
    /// The name in queries, including `_total` or `_info`.
    let name: String
    let type: MetricType
    let help: String
    let unit: Unit?

    /// Names and units are constants of the program, so an invalid one is a programming error and ends the program.
    init(_ type: MetricType, _ name: String, help: String, unit: Unit?) {
        precondition(
            name.isMetricName,
            "'\(name)' is not a metric name: use ASCII letters, digits and '_', no digit first"
        )
        for kind in MetricType.allCases where !kind.nameSuffix.isEmpty {
            precondition(
                name.hasSuffix(kind.nameSuffix) == (kind == type),
                "'\(name)' is a \(type): names of type \(kind) end in '\(kind.nameSuffix)', and no others do"
            )
        }
        precondition(!help.isEmpty, "'\(name)' has no help: describe what is counted, and when it changes")
        self.name = name
        self.type = type
        self.help = help
        self.unit = unit

        // OpenMetrics, "Info": "MetricFamilies of type Info MUST have an empty Unit string".
        precondition(type != .info || unit == nil, "'\(name)' is an info and can have no unit")
        for candidate in Unit.allCases {
            precondition(
                openMetricsName.hasSuffix("_\(candidate)") == (candidate == unit),
                "'\(name)' and its unit disagree: a name ends in '_\(candidate)' just when its unit is \(candidate)"
            )
        }
    }

    /// The family's name in OpenMetrics.
    var openMetricsName: String {
        String(name.dropLast(type.nameSuffix.count))
    }

    /// Every name that this family has or could have, in either format.
    var names: Set<String> {
        Set(type.sampleSuffixes.map { openMetricsName + $0 } + [openMetricsName])
    }

    /// The lines before the samples, in both formats in the order that OpenMetrics requires: TYPE, UNIT, HELP.
    func header(_ format: Format) -> [UInt8] {
        var header: [UInt8] = []
        switch format {
        case .text:
            header.append(contentsOf: "# TYPE \(name) \(type.textName)\n# HELP \(name) ".utf8)
            header.append(escaping: help, quotes: false)
        case .openMetrics:
            header.append(contentsOf: "# TYPE \(openMetricsName) \(type)\n".utf8)
            if let unit {
                header.append(contentsOf: "# UNIT \(openMetricsName) \(unit)\n".utf8)
            }
            header.append(contentsOf: "# HELP \(openMetricsName) ".utf8)
            header.append(escaping: help, quotes: true)
        }
        header.append(UInt8(ascii: "\n"))
        return header
    }
}

/// The type of a family. The raw value is the word of OpenMetrics' `# TYPE` line.
enum MetricType: String, CaseIterable, Sendable {
    case counter
    case gauge
    case histogram
    case info

    /// The word of the text format's `# TYPE` line. Version 0.0.4 does not have `info`.
    var textName: String {
        switch self {
        case .info: "gauge"
        case .counter, .gauge, .histogram: rawValue
        }
    }

    /// The suffix of every name of this type. In the text format it belongs to the name of the family, in OpenMetrics
    /// only to that of the sample.
    var nameSuffix: String {
        switch self {
        case .counter: "_total"
        case .info: "_info"
        case .gauge, .histogram: ""
        }
    }

    /// All suffixes of sample names of this type in OpenMetrics ("MetricFamily", Suffixes), including those that are
    /// not written here: no other family may use these names.
    var sampleSuffixes: [String] {
        switch self {
        case .counter: ["_total", "_created"]
        case .gauge: [""]
        case .histogram: ["_bucket", "_count", "_sum", "_created"]
        case .info: ["_info"]
        }
    }
}

/// The unit of a family's values: base units only, as the Prometheus naming practices recommend.
///
/// The raw value is both the suffix of the family's name and the value of OpenMetrics' `# UNIT` line.
package enum Unit: String, CaseIterable, Sendable {
    case seconds
    case bytes
    case ratio
}

extension String {
    /// Whether this is a metric name that every version of Prometheus accepts. The formats allow colons, but they are
    /// reserved for recording rules.
    var isMetricName: Bool {
        guard let first = utf8.first else { return false }
        return !first.isDigit && utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
    }

    /// Whether a family may have a label of this name: `__` is reserved for Prometheus, and `le` for histograms.
    var isLabelName: Bool {
        isMetricName && !hasPrefix("__") && self != "le"
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
