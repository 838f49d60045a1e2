package import Exposition

/// A registry of random series, and what a reader must find in it.
package struct RandomRegistry {
    /// A sample as it was set, by the label `n`, which is its place.
    package struct Sample: Sendable {
        package let name: String
        package let labels: [String: String]
        package let value: Double
    }

    package let registry = Registry()
    package private(set) var samples: [Sample] = []
    private var random: SeededGenerator

    package init(seed: UInt64, series: Int) {
        random = SeededGenerator(seed: seed)
        let gauges = registry.gauges("random_value", help: "A \"value\"\nof any \\ bits.", labels: ["n", "a", "b"])
        let counters = registry.counters("random_events_total", help: "Events.", labels: ["n", "a"])
        let infos = registry.infos("random_info", help: "Facts.", labels: ["n", "a"])
        for number in 0..<series {
            let (n, a, b, value) = ("\(number)", text(), text(), value())
            gauges.with(n, a, b).set(value)
            samples.append(Sample(name: "random_value", labels: ["n": n, "a": a, "b": b], value: value))
            counters.with(n, a).increment(by: value)
            let counted = value > 0 && value.isFinite ? value : 0
            samples.append(Sample(name: "random_events_total", labels: ["n": n, "a": a], value: counted))
            infos.with(n, b)
            samples.append(Sample(name: "random_info", labels: ["n": n, "a": b], value: 1))
        }
    }

    package func bytes(_ format: Format) -> [UInt8] {
        var bytes: [UInt8] = []
        registry.write(format, into: &bytes)
        return bytes
    }

    /// Compares a sample that was read with the one that was set. Texts are compared by bytes: to Swift, "é" in one scalar
    /// equals "é" in two.
    ///
    /// - Returns: what is wrong; nil if nothing is.
    package func difference(of name: String, _ labels: [String: String], _ value: Double?) -> String? {
        guard let number = labels["n"],
            let expected = samples.first(where: { $0.name == name && $0.labels["n"] == number })
        else { return "\(name) \(labels) was never set" }
        for (label, text) in expected.labels where !text.utf8.elementsEqual((labels[label] ?? "").utf8) {
            return
                "\(name) \(number): \(label) is \((labels[label] ?? "").debugDescription), not \(text.debugDescription)"
        }
        guard let value, value == expected.value || value.isNaN && expected.value.isNaN else {
            return "\(name) \(number) is \(value.map { "\($0)" } ?? "missing"), not \(expected.value)"
        }
        return nil
    }

    // MARK: random values

    private static let texts = [
        "", " ", "\"", "\\", "\n", "\\n", "\\\"", "{a=\"b\"} 1", "# EOF", ",", "=", "}", "\r", "\t", "\u{0}", "\u{7F}",
        "\u{85}", "\u{2028}", "\u{FEFF}", "\u{FFFD}", "\u{10FFFF}", "é", "e\u{301}", "\u{301}", "👩‍👩‍👧", "\u{202E}", "ß",
    ]

    /// Any text: pieces that mean something to a parser, ASCII, and any scalar.
    private mutating func text() -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: text.append(contentsOf: (Self.texts.randomElement(using: &random) ?? "").unicodeScalars)
            case 1: text.append(Unicode.Scalar(UInt8.random(in: 32...126, using: &random)))
            default:
                // Surrogates are no scalars.
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random)) { text.append(scalar) }
            }
        }
        return String(text)
    }

    private static let numbers: [Double] = [
        0, -0.0, 1, -1, 0.1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0x1p53, 0x1p53 + 2, 0x1p53 - 1, 0x1p63, 0x1p64, 1e15, 1e16,
        1e22,
    ]

    /// Any bits.
    private mutating func value() -> Double {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Self.numbers.randomElement(using: &random) ?? 0
        case 1: Double(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0...62, using: &random))
        case 2: Double.random(in: 0...1, using: &random)
        default: Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
        }
    }
}
