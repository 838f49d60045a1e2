import Synchronization

/// A value that the program updates when something happens, and that a scrape reads.
///
/// An update is one or two atomic operations, so any thread may use an instrument, timing-critical ones included.
package protocol Instrument: AnyObject, Sendable {
    /// Appends the lines of its samples, which are the same in every format.
    func appendSamples(to buffer: inout [UInt8])
}

/// A number that only grows while the program runs.
///
/// It ignores updates that would decrease it: Prometheus takes a smaller value for a restart and counts all of it
/// again.
package final class Counter: Instrument {
    private let prefix: [UInt8]
    private let total = Atomic<Double>(0)

    init(_ series: Series) {
        prefix = series.prefix()
    }

    package var value: Double { total.load(ordering: .relaxed) }

    /// Adds `amount`. A negative or infinite amount, or NaN, changes nothing.
    package func increment(by amount: Double = 1) {
        guard amount > 0, amount.isFinite else { return }
        total.update { $0 + amount }
    }

    /// Takes over the reading of another counter, such as one of the kernel. A reading below the own value changes
    /// nothing.
    package func raise(to reading: Double) {
        guard reading.isFinite else { return }
        total.update { max($0, reading) }
    }

    package func appendSamples(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: prefix)
        buffer.append(number: value)
        buffer.append(UInt8(ascii: "\n"))
    }
}

/// A number that goes up and down.
package final class Gauge: Instrument {
    private let prefix: [UInt8]
    private let current = Atomic<Double>(0)

    init(_ series: Series) {
        prefix = series.prefix()
    }

    package var value: Double { current.load(ordering: .relaxed) }

    package func set(_ value: Double) {
        current.store(value, ordering: .relaxed)
    }

    package func add(_ amount: Double) {
        current.update { $0 + amount }
    }

    package func appendSamples(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: prefix)
        buffer.append(number: value)
        buffer.append(UInt8(ascii: "\n"))
    }
}

extension Family<Gauge> {
    /// Shows the value of the gauge with these label values, or no such gauge while the value is unknown: a 0 would be a
    /// claim, and a NaN would make NaN of every sum and mean.
    package func show(_ value: Double?, _ labelValues: String...) {
        if let value {
            member(labelValues).set(value)
        } else {
            remove(labelValues)
        }
    }
}

/// Facts about something as labels. The value is always 1.
package final class Info: Instrument {
    private let line: [UInt8]

    init(_ series: Series) {
        line = series.prefix() + "1\n".utf8
    }

    package func appendSamples(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: line)
    }
}

extension Atomic where Value == Double {
    /// Replaces the value with the result of `next`, even if many threads do so at once.
    ///
    /// Relaxed ordering is enough: a sample is an independent number, on which no other read depends.
    func update(_ next: (Double) -> Double) {
        var current = load(ordering: .relaxed)
        while true {
            let (exchanged, original) = weakCompareExchange(
                expected: current,
                desired: next(current),
                ordering: .relaxed
            )
            if exchanged { return }
            current = original
        }
    }
}
