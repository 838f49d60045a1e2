/// Units from the largest to the smallest, with their lengths.
private let units: [(name: String, microseconds: Int64)] = [
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
]

extension Duration {
    /// Reads `60s`, `250ms` or `1m30s`, as Prometheus writes durations: whole numbers with units, the largest unit
    /// first, no unit twice. Durations beyond 64 bits of microseconds become the longest one that fits.
    package init?(notation: String) {
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

    /// Reads `1.5h`, `300ms` or `1m1.5s` as Go's time.ParseDuration does, which other exporters use: units in any
    /// order and number, each with a decimal number, after an optional sign, or a lone `0`.
    package init?(goNotation text: String) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        if rest.elementsEqual("0".utf8) {
            self = .zero
            return
        }
        var seconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }
            let letters = rest[number.endIndex...].prefix {
                !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) && $0 != UInt8(ascii: ".")
            }
            let parts = Substring(number).split(separator: ".", omittingEmptySubsequences: false)
            // Go accepts ".5" and "5.", which Swift does not.
            guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }),
                let value = Double("0\(parts[0]).\(parts.dropFirst().first ?? "")0"),
                let unit = Self.goUnits[String(Substring(letters))]
            else { return nil }
            seconds += value * unit
            rest = rest[letters.endIndex...]
        }
        // The longest duration of Go is 292 years, 64 bits of nanoseconds.
        self = .nanoseconds(Int64((min(seconds, 9.2e9) * 1e9).rounded()) * (isNegative ? -1 : 1))
    }

    private static let goUnits = [
        "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9,
    ]

    /// The notation that `init(notation:)` reads, to the microsecond. The duration must not be negative.
    package var notation: String {
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
