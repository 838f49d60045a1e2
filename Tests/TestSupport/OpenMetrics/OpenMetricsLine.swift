/// One line of an OpenMetrics 1.0 exposition, parsed by the specification's ABNF.
///
/// Stricter than the specification: timestamps and exemplars are refused, because the exporter never writes them.
enum OpenMetricsLine: Equatable {
    case type(family: String, String)
    case unit(family: String, String)
    case help(family: String, String)
    case sample(OpenMetricsSample)
    case eof

    init(_ text: Substring) throws(OpenMetricsViolation) {
        if text == "# EOF" {
            self = .eof
        } else if text.hasPrefix("#") {
            self = try Self.metadata(text)
        } else {
            self = .sample(try OpenMetricsSample(text))
        }
    }

    private static func metadata(_ text: Substring) throws(OpenMetricsViolation) -> Self {
        let pattern = #/# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) ([^\n]*)/#.matchingSemantics(.unicodeScalar)
        guard let match = try? pattern.wholeMatch(in: text) else { throw .grammar }
        let (_, keyword, family, value) = match.output
        switch keyword {
        case "TYPE":
            let types = [
                "counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown",
            ]
            guard types.contains(String(value)) else { throw .grammar }
            return .type(family: String(family), String(value))
        case "UNIT":
            guard value.wholeMatch(of: #/[a-zA-Z0-9_:]+/#) != nil else { throw .grammar }
            return .unit(family: String(family), String(value))
        default:
            return .help(family: String(family), try unescape(value))
        }
    }

    /// Decodes an `escaped-string`. Stricter than the grammar, which accepts a backslash before any character.
    static func unescape(_ text: Substring) throws(OpenMetricsViolation) -> String {
        var result = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch scalar {
            case "\"": throw .escaping
            case "\\":
                switch scalars.next() {
                case "n": result.append("\n")
                case "\"": result.append("\"")
                case "\\": result.append("\\")
                default: throw .escaping
                }
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

/// One sample line.
package struct OpenMetricsSample: Equatable {
    package var name: String
    package var labels: [String: String] = [:]
    package var value: Double
    /// Whether the value is written as an integer.
    package var isInteger: Bool

    init(_ text: Substring) throws(OpenMetricsViolation) {
        let pattern = #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"]|"(?:[^"\\]|\\[^\n])*")*)\})? ([^ ]+)/#
        guard let match = try? pattern.matchingSemantics(.unicodeScalar).wholeMatch(in: text) else { throw .grammar }
        name = String(match.output.1)
        value = try Self.number(match.output.3)
        isInteger = match.output.3.allSatisfy(\.isNumber)
        guard let list = match.output.2, !list.isEmpty else { return }

        let label = #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[^\n])*)"(,|$)/#.matchingSemantics(.unicodeScalar)
        var rest = list
        var separated = true
        while !rest.isEmpty {
            guard let match = try? label.prefixMatch(in: rest) else { throw .grammar }
            let (_, name, value, separator) = match.output
            guard labels.updateValue(try OpenMetricsLine.unescape(value), forKey: String(name)) == nil
            else { throw .labelTwice }
            separated = separator == ","
            rest = rest[match.range.upperBound...]
        }
        if separated { throw .grammar }
    }

    /// The ABNF's `number`. Swift's parser alone would also accept hexadecimal and "nan(1)".
    package static func number(_ text: Substring) throws(OpenMetricsViolation) -> Double {
        let pattern = #/(?i)[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?inf(inity)?|nan/#
        guard text.wholeMatch(of: pattern) != nil, let value = Double(text) else { throw .grammar }
        return value
    }
}
