import Synchronization

/// The distribution of values that cannot be negative, such as durations.
package final class Histogram: Instrument {
    /// The observations above the bound of the previous bucket, up to the bound of this one.
    private final class Bucket: Sendable {
        let upperBound: Double
        let prefix: [UInt8]
        let count = Atomic<UInt64>(0)

        init(_ series: Series, upTo upperBound: Double) {
            self.upperBound = upperBound
            prefix = series.prefix(suffix: "_bucket", bucketBound: upperBound.bucketBound)
        }
    }

    private let buckets: [Bucket]
    private let countPrefix: [UInt8]
    private let sumPrefix: [UInt8]
    private let total = Atomic<Double>(0)

    /// - Parameter bounds: ascending. The bucket up to infinity is added.
    init(_ series: Series, bounds: [Double]) {
        buckets = (bounds + [.infinity]).map { Bucket(series, upTo: $0) }
        countPrefix = series.prefix(suffix: "_count")
        sumPrefix = series.prefix(suffix: "_sum")
    }

    package var count: UInt64 {
        buckets.reduce(0) { $0 + $1.count.load(ordering: .relaxed) }
    }

    package var sum: Double { total.load(ordering: .relaxed) }

    /// Counts `value`. A negative or infinite value, or NaN, changes nothing, because the sum is a counter, too.
    package func observe(_ value: Double) {
        guard value >= 0, value.isFinite else { return }
        total.update { $0 + value }
        for bucket in buckets where value <= bucket.upperBound {
            // Releasing here and acquiring in the reader: a reader that sees the count also sees the sum.
            bucket.count.add(1, ordering: .releasing)
            return
        }
    }

    /// Buckets and count agree without a lock: every bucket is read once, and the count is the value of the last
    /// bucket. The sum, read last, may include observations that began meanwhile.
    package func appendSamples(to buffer: inout [UInt8]) {
        var cumulative: UInt64 = 0
        for bucket in buckets {
            cumulative += bucket.count.load(ordering: .acquiring)
            buffer.append(contentsOf: bucket.prefix)
            buffer.append(decimal: cumulative)
            buffer.append(UInt8(ascii: "\n"))
        }
        buffer.append(contentsOf: countPrefix)
        buffer.append(decimal: cumulative)
        buffer.append(UInt8(ascii: "\n"))
        buffer.append(contentsOf: sumPrefix)
        buffer.append(number: sum)
        buffer.append(UInt8(ascii: "\n"))
    }
}

extension Double {
    /// The value of a bucket's `le` label.
    ///
    /// Label values are compared as text, so all exporters must write a number alike. OpenMetrics ("Canonical
    /// Numbers") requires Go's `%g`, with ".0" if that has neither point nor exponent. Swift writes the same except
    /// from 10⁶ to 2⁵⁴, where Go has an exponent and Swift does not.
    var bucketBound: String {
        guard isFinite else { return "+Inf" }
        let text = description
        guard self >= 1e6, !text.contains("e") else { return text }
        let parts = text.split(separator: ".")
        let exponent = parts[0].utf8.count - 1
        var digits = parts.joined()[...]
        while digits.last == "0" { digits.removeLast() }
        let fraction = digits.dropFirst()
        return "\(digits.prefix(1))\(fraction.isEmpty ? "" : ".")\(fraction)e+\(exponent < 10 ? "0" : "")\(exponent)"
    }
}
