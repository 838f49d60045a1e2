/// Units from the largest to the smallest, each with its length in microseconds.
private let units: [(name: String, microseconds: Int64)] = [
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
]

extension Duration {
    /// Reads `60s`, `250ms` or `1m30s`: whole numbers with units, the largest unit first, no unit twice. Prometheus
    /// writes durations the same way. What no 64 bits of microseconds can hold becomes the longest that they can.
    init?(notation: String) {
        var rest = notation.utf8[...]
        var smallest = -1
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            let letters = rest[digits.endIndex...].prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            guard !digits.isEmpty, let unit = units.firstIndex(where: { $0.name.utf8.elementsEqual(letters) }),
                unit > smallest
            else { return nil }
            let (product, tooLong) = (Int64(Substring(digits)) ?? .max)
                .multipliedReportingOverflow(by: units[unit].microseconds)
            let (sum, tooLongInAll) = total.addingReportingOverflow(tooLong ? .max : product)
            total = tooLongInAll ? .max : sum
            smallest = unit
            rest = rest[letters.endIndex...]
        }
        self = .microseconds(total)
    }

    /// As `init(notation:)` reads it, to the microsecond; never negative.
    var notation: String {
        let (seconds, attoseconds) = components
        var rest = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        var text = ""
        for unit in units where rest >= unit.microseconds {
            text += "\(rest / unit.microseconds)\(unit.name)"
            rest %= unit.microseconds
        }
        return text.isEmpty ? "0s" : text
    }
}
