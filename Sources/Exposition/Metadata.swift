/// What there is to say of a family before its samples.
struct Metadata: Sendable {
    /// The name as everybody's queries have it, `_total` and `_info` included.
    let name: String
    let type: MetricType
    let help: String
    let unit: Unit?

    /// Names and units are constants of the program, so a wrong one is a mistake in the program and ends it.
    init(_ type: MetricType, _ name: String, help: String, unit: Unit?) {
        precondition(
            name.isMetricName,
            "'\(name)' is no metric name: use ASCII letters, digits and '_', no digit first"
        )
        for kind in MetricType.allCases where !kind.nameSuffix.isEmpty {
            precondition(
                name.hasSuffix(kind.nameSuffix) == (kind == type),
                "'\(name)' is a \(type): names of type \(kind) end in '\(kind.nameSuffix)', and no others do"
            )
        }
        precondition(!help.isEmpty, "'\(name)' has no help: say what is counted, and when it changes")
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

    /// Every name that this family goes by or could go by, in either format.
    var names: Set<String> {
        Set(type.sampleSuffixes.map { openMetricsName + $0 } + [openMetricsName])
    }

    /// The lines before the samples. In one order for both formats, the one that OpenMetrics asks for: TYPE, UNIT,
    /// HELP.
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
