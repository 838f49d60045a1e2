import FoundationEssentials

/// Texts from workers, made fit for labels, logs and terminals: bounded, and without characters that have an effect.
enum WorkerText {
    /// A text as one line of at most `limit` characters.
    static func line(_ text: String, limit: Int) -> String {
        // Cut before it is escaped: a worker may write a mebibyte.
        let beginning = text.unicodeScalars.prefix(limit + 1)
        let shown = escaped(beginning.prefix(limit))
        return beginning.count > limit ? shown + "…" : shown
    }

    /// The beginning of a worker's output, in quotation marks.
    static func quote(_ bytes: [UInt8], limit: Int = 120) -> String {
        // A scalar has at most four bytes.
        let text = String(decoding: bytes.prefix(4 * (limit + 1)), as: UTF8.self)
        return "\"\(line(text, limit: limit))\""
    }

    /// A text of several lines: of the controls, only line feeds and tabs stay.
    static func lines(_ text: String) -> String { escaped(text.unicodeScalars, keeping: ["\n", "\t"]) }

    private static func escaped(
        _ scalars: some Sequence<Unicode.Scalar>,
        keeping kept: [Unicode.Scalar] = []
    ) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in scalars {
            if isVisible(scalar) || kept.contains(scalar) {
                shown.append(scalar)
            } else {
                shown.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
            }
        }
        return String(shown)
    }

    /// Controls move a terminal's cursor. Formats hide text or reverse its direction.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
        default: true
        }
    }
}

/// The encoding of jobs, descriptions and reports.
package enum WorkerJSON {
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return [UInt8](try encoder.encode(value))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Explains for the log why a document cannot be decoded.
    static func explain(_ error: any Error) -> String {
        // The explanation may quote the document.
        WorkerText.line(explanation(of: error), limit: 200)
    }

    private static func explanation(of error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "the key \(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(path(context)): \(context.debugDescription)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON, or has a number that is negative, not whole or too large"
                : "\(path(context)): \(context.debugDescription)"
        case .none: "\(error)"
        @unknown default: "\(error)"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}
