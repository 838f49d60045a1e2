/// Numbers as people read them.
package enum DecimalText {
    /// "0.487": rounded to so many places, all of them written.
    static func fixed(_ value: Double, places: Int) -> String {
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

    /// "47 %".
    static func percent(_ ratio: Double) -> String { "\(fixed(ratio * 100, places: 0)) %" }

    /// "12 s", "3 min", "5 h", "2 d": how long ago or how far off something is.
    package static func rough(seconds: Double) -> String {
        switch max(0, seconds) {
        case ..<100: "\(fixed(max(0, seconds), places: 0)) s"
        case ..<6000: "\(fixed(seconds / 60, places: 0)) min"
        case ..<172_800: "\(fixed(seconds / 3600, places: 0)) h"
        default: "\(fixed(seconds / 86_400, places: 0)) d"
        }
    }
}
