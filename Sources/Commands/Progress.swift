import Linux
import Probing

/// One line on a terminal that says what is being done; nothing anywhere else.
struct Progress: Sendable {
    private let write: (@Sendable (String) -> Void)?

    /// - Parameter write: puts text on a terminal; nil where there is none.
    init(write: (@Sendable (String) -> Void)?) {
        self.write = write
    }

    init(on stream: StandardStream) {
        guard stream.isTerminal else {
            self.init(write: nil)
            return
        }
        // A line about progress that cannot be written is no reason to end.
        self.init { text in try? stream.write(text) }
    }

    func show(_ event: ProbingEvent) {
        guard case .began(let runtime, let probe, let done, let count) = event else { return }
        write?("\(Self.erase)[\(done + 1)/\(count)] \(runtime) \(probe.rawValue) …")
    }

    func clear() { write?(Self.erase) }

    /// Back to the first column, and erase to the end of the line: ECMA-48, EL.
    private static let erase = "\r\u{1B}[K"
}
