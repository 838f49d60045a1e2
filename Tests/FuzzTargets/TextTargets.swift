import ConfigurationFiles
import Notation

@testable import Observation

extension FuzzTarget {
    /// Regular expressions and their subjects, and the templates of names. Both are an administrator's, but the subjects
    /// are a process's.
    static let expression = FuzzTarget("expression", maxLength: 2048) { input in
        if let template = GroupTemplate(input.text()) {
            _ = template.filled { _ in "x" }
            try require(
                (template.constant == nil) == !template.variables.isEmpty,
                "a name without variables is constant"
            )
        }
        guard let expression = try? RegularExpression(input.text()) else { return }
        let subject = String(decoding: input.all(), as: UTF8.self)
        guard case .matched(let captures) = expression.search(subject) else { return }
        for capture in captures {
            try require(capture.text.map { subject.utf8.count >= $0.utf8.count } ?? true, "a capture is in its subject")
            if let name = capture.name { try require(expression.contains(captureNamed: name), "the name is known") }
        }
    }

    /// Durations and numbers, as people write them.
    static let notation = FuzzTarget("notation", maxLength: 256) { input in
        let text = input.text()
        if let duration = Duration(notation: text) {
            try require(duration >= .zero, "a duration is not negative")
            try require(Duration(notation: duration.notation) == duration, "\(duration) is read as it is written")
        }
        _ = Duration(goNotation: text)
        _ = try? Int(notation: text)
        if let near = nearMiss(text, among: words) { try require(words.contains(near), "a hint is a known word") }
    }

    private static let words = ["interval", "jitter", "cpu_budget", "time_limit", "gil", "lockfree"]
}
