/// The path of the metrics.
package struct TelemetryPath: Sendable, Hashable, CustomStringConvertible {
    package static let standard = TelemetryPath(unchecked: "/metrics")

    let text: String

    package init(_ text: String) throws(TelemetryPathError) {
        guard text.hasPrefix("/") else { throw TelemetryPathError(text: text, problem: .relative) }
        guard !text.hasPrefix("/-/") else { throw TelemetryPathError(text: text, problem: .reserved) }
        guard text.isPlainPath else { throw TelemetryPathError(text: text, problem: .character) }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    package var description: String { text }
}

/// A path that metrics cannot be served at.
package struct TelemetryPathError: Error, Equatable, CustomStringConvertible {
    package enum Problem: Sendable, Equatable {
        case relative
        case reserved
        case character
    }

    package let text: String
    package let problem: Problem

    package var description: String {
        "telemetry path \"\(text)\": \(explanation)"
    }

    private var explanation: String {
        switch problem {
        case .relative: "must begin with a slash; write /\(text)"
        case .reserved:
            "paths below /-/ are taken, by /-/healthy and /-/ready for two; choose another, such as /metrics"
        case .character: "has a character that a URL's path cannot have as it is; use letters, digits, and -._~/"
        }
    }
}
