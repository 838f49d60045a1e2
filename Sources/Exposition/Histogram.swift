import Synchronization

/// How values that cannot be negative, durations for one, are distributed.
package final class Histogram: Instrument {
    /// The observations above the bucket before and up to this one's bound.
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

    /// `bounds` ascend; the bucket up to infinity is added to them.
    init(_ series: Series, bounds: [Double]) {
        buckets = (bounds + [.infinity]).map { Bucket(series, upTo: $0) }
        countPrefix = series.prefix(suffix: "_count")
        sumPrefix = series.prefix(suffix: "_sum")
    }

    package var count: UInt64 {
        buckets.reduce(0) { $0 + $1.count.load(ordering: .relaxed) }
    }

    package var sum: Double { total.load(ordering: .relaxed) }

    /// Counts `value`; one that is negative or not finite changes nothing, since the sum is a counter too.
    package func observe(_ value: Double) {
        guard value >= 0, value.isFinite else { return }
        total.update { $0 + value }
        for bucket in buckets where value <= bucket.upperBound {
            // Releasing, and acquired by the reader: whoever sees the count sees the sum that it belongs to.
            bucket.count.add(1, ordering: .releasing)
            return
        }
    }

    /// Buckets, count and sum agree without a lock: every bucket is read once, what is written adds up from there,
    /// and so the count is the last bucket. The sum, read last, may be ahead by observations that began meanwhile.
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
