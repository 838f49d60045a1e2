/// An exposition in the text format 0.0.4, parsed strictly: of each family TYPE, HELP and the samples, in this order.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
package struct TextDocument {
    package private(set) var samples: [OpenMetricsSample] = []
    package private(set) var types: [String: String] = [:]
    package private(set) var helps: [String: String] = [:]

    package init(_ bytes: [UInt8]) throws(OpenMetricsViolation) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .encoding }
        // By scalars: to Swift, a carriage return and a line feed are one character.
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard let end = lines.popLast(), end.isEmpty else { throw .encoding }
        var family = ""
        for line in lines {
            let line = Substring(line)
            guard line.hasPrefix("#") else {
                let sample = try OpenMetricsSample(line)
                guard sample.name == family || types[family] == "histogram" && sample.name.hasPrefix("\(family)_"),
                    helps[family] != nil
                else { throw .foreignSample }
                samples.append(sample)
                continue
            }
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 4, words[0] == "#" else { throw .grammar }
            switch words[1] {
            case "TYPE":
                guard types.updateValue(words[3], forKey: words[2]) == nil else { throw .familyTwice }
                guard ["counter", "gauge", "histogram"].contains(words[3]) else { throw .grammar }
                family = words[2]
            case "HELP":
                guard words[2] == family, helps[family] == nil else { throw .metadataOrder }
                helps[family] = try Self.unescapedHelp(words[3])
            default: throw .grammar
            }
        }
    }

    /// In a help, only backslashes and line feeds are escaped.
    private static func unescapedHelp(_ text: String) throws(OpenMetricsViolation) -> String {
        var result = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "\\" else {
                result.append(scalar)
                continue
            }
            switch scalars.next() {
            case "n": result.append("\n")
            case "\\": result.append("\\")
            default: throw .escaping
            }
        }
        return String(result)
    }
}
