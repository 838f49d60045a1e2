import Synchronization

/// Something that only grows while the program lives.
///
/// It never goes back, whatever it is told: Prometheus takes a smaller value for a restart and counts all of it again.
package final class Counter: Instrument {
    private let prefix: [UInt8]
    private let total = Atomic<Double>(0)

    init(_ series: Series) {
        prefix = series.prefix()
    }

    package var value: Double { total.load(ordering: .relaxed) }

    /// Adds `amount`; one that is negative or not finite changes nothing.
    package func increment(by amount: Double = 1) {
        guard amount > 0, amount.isFinite else { return }
        total.update { $0 + amount }
    }

    /// Takes over the state of a counter that is kept elsewhere, the kernel's for one; a state behind its own changes
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
