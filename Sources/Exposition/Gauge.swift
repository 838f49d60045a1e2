import Synchronization

/// Something that goes up and down.
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
