import Linux
import Observation
import Reports

/// Says on a terminal how far a profile is.
struct ProfileProgress {
    private let duration: Duration
    private let isShown = StandardStream.error.isTerminal

    init(_ duration: Duration) { self.duration = duration }

    func show(_ elapsed: Duration, processes: Int, waited: UInt64) {
        let parts = [
            "\(NumberText.decimal(elapsed.seconds, places: 0)) of \(NumberText.decimal(duration.seconds, places: 0)) s",
            processes == 1 ? "1 process" : "\(processes) processes",
            "\(NumberText.decimal(Double(waited) / 1e9, places: 1)) s waited",
        ]
        write(parts.joined(separator: ", ") + "; Ctrl-C ends it sooner")
    }

    func end() { write("") }

    /// Replaces the line: CR, and EL of ECMA-48.
    private func write(_ line: String) {
        guard isShown else { return }
        try? StandardStream.error.write("\r\u{1B}[K\(line)")
    }
}
