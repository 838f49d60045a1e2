import Linux
import Probing

/// One line on a terminal that says what is being done; nothing anywhere else.
struct Progress: Sendable {
    private let stream = StandardStream.error

    func show(_ event: ProbingEvent) {
        guard stream.isTerminal, case .began(let runtime, let probe, let done, let count) = event else { return }
        write("\(Self.erase)[\(done + 1)/\(count)] \(runtime) \(probe.rawValue) …")
    }

    func clear() {
        if stream.isTerminal { write(Self.erase) }
    }

    /// Back to the first column, and erase to the end of the line: ECMA-48, EL.
    private static let erase = "\r\u{1B}[K"

    private func write(_ text: String) {
        // A line about progress that cannot be written is no reason to end.
        try? stream.write(text)
    }
}
