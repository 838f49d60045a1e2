/// Facts about something, told by labels; the value is always 1.
package final class Info: Instrument {
    private let line: [UInt8]

    init(_ series: Series) {
        line = series.prefix() + "1\n".utf8
    }

    package func appendSamples(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: line)
    }
}
