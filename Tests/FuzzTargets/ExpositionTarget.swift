import Exposition

extension FuzzTarget {
    /// Label values of any text and values of any bits, written in both formats, and read back.
    static let exposition = FuzzTarget("exposition", maxLength: 1024, testExecutions: 400) { input in
        let registry = Registry()
        let gauges = registry.gauges("fuzz_gauge", help: "A gauge \"in\" a\nfuzzer.", labels: ["a", "b"])
        let counters = registry.counters("fuzz_events_total", help: "Events.", labels: ["a"])
        var expected: [[[UInt8]]: Double] = [:]
        for _ in 0..<8 where !input.isEmpty {
            let value = Double(bitPattern: input.number())
            let labels = [input.text(), input.text()]
            gauges.with(labels[0], labels[1]).set(value)
            counters.with(labels[0]).increment(by: value)
            // By bytes: to Swift, texts are equal that differ in these.
            expected[labels.map { Array($0.utf8) }] = value
        }
        for format in Format.allCases {
            var bytes: [UInt8] = []
            registry.write(format, into: &bytes)
            try require(String(validating: bytes, as: UTF8.self) != nil, "the text is UTF-8")
            guard !bytes.isEmpty else { continue }
            try require(bytes.last == UInt8(ascii: "\n"), "the last line ends")
            let samples = try bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                .filter { $0.first != UInt8(ascii: "#") }.map(WrittenSample.init)
            try require(Set(samples.map { [$0.name] + $0.labels }).count == samples.count, "a series is written once")
            let seen = samples.filter { $0.name.elementsEqual("fuzz_gauge".utf8) }
            try require(seen.count == expected.count, "each series is written")
            for sample in seen {
                guard let value = expected[sample.labels] else {
                    throw FuzzFailure(description: "labels are read as they are written")
                }
                try require(value == sample.value || value.isNaN && sample.value.isNaN, "\(value) is read as written")
            }
        }
    }
}

/// A line of both formats, `name{label="value",…} number`. The regular expressions of `OpenMetricsDocument` are too slow
/// for a fuzzer.
private struct WrittenSample {
    let name: [UInt8]
    private(set) var labels: [[UInt8]] = []
    let value: Double

    init(_ line: ArraySlice<UInt8>) throws(FuzzFailure) {
        guard let brace = line.firstIndex(of: UInt8(ascii: "{")) else {
            throw FuzzFailure(description: "a sample has labels: \(String(decoding: line, as: UTF8.self))")
        }
        name = Array(line[..<brace])
        var rest = line[brace...]
        repeat {
            guard let quote = rest.firstIndex(of: UInt8(ascii: "\"")) else {
                throw FuzzFailure(description: "a label has a value")
            }
            rest = rest[(quote + 1)...]
            labels.append(try Self.takeValue(&rest))
        } while rest.popFirst() == UInt8(ascii: ",")
        guard rest.popFirst() == UInt8(ascii: " "), let value = Double(String(decoding: rest, as: UTF8.self)) else {
            throw FuzzFailure(description: "a sample ends with a number: \(String(decoding: line, as: UTF8.self))")
        }
        self.value = value
    }

    private static func takeValue(_ rest: inout ArraySlice<UInt8>) throws(FuzzFailure) -> [UInt8] {
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return value
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
                case let escaped? where escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\"):
                    value.append(escaped)
                default: throw FuzzFailure(description: "an escape is known")
                }
            default: value.append(byte)
            }
        }
        throw FuzzFailure(description: "a label value ends")
    }
}
