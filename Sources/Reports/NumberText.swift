/// Numbers, and lists of them, as people read them: on the status page, in tables and in sentences.
///
/// Programs read metrics and JSON, which have all the digits.
package enum NumberText {
    /// "0.487": rounded to `places` places, trailing zeros included.
    package static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = UInt64((value.magnitude * scale).rounded())
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: UInt64(scale))
        let sign = value < 0 && scaled > 0 ? "−" : ""
        guard places > 0 else { return "\(sign)\(whole)" }
        let digits = "\(rest)"
        return "\(sign)\(whole)." + String(repeating: "0", count: places - digits.utf8.count) + digits
    }

    /// "47 %" for a ratio of 0.47.
    package static func percent(_ ratio: Double) -> String { "\(decimal(ratio * 100, places: 0)) %" }

    /// "0.487 s", rounded to `places` places.
    package static func seconds(_ seconds: Double, places: Int) -> String { "\(decimal(seconds, places: places)) s" }

    /// "5.1 ms", "0.06 ms", "12 ms": nanoseconds with the digits that matter. A short time is not shown as 0.
    package static func milliseconds(_ nanoseconds: UInt64) -> String {
        let milliseconds = Double(nanoseconds) / 1e6
        return switch milliseconds {
        case ..<0.01: "<0.01 ms"
        case ..<1: "\(decimal(milliseconds, places: 2)) ms"
        case ..<10: "\(decimal(milliseconds, places: 1)) ms"
        default: "\(decimal(milliseconds, places: 0)) ms"
        }
    }

    /// "a", "a and b", "a, b and c".
    package static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) and \(last)"
    }

    /// "12 s", "3 min", "5 h", "2 d": the age of something, or the time until it. A negative time is shown as 0.
    package static func approximate(seconds: Double) -> String {
        switch max(0, seconds) {
        case ..<100: "\(decimal(max(0, seconds), places: 0)) s"
        case ..<6000: "\(decimal(seconds / 60, places: 0)) min"
        case ..<172_800: "\(decimal(seconds / 3600, places: 0)) h"
        default: "\(decimal(seconds / 86_400, places: 0)) d"
        }
    }
}
