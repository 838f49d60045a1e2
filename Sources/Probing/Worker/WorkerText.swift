/// What workers say of themselves, made fit for labels, logs and terminals: bounded, and without characters that do
/// something rather than show something.
enum WorkerText {
    /// A text as one line of at most so many characters.
    static func line(_ text: String, limit: Int) -> String {
        // Its beginning first: a worker may write a mebibyte.
        let beginning = text.unicodeScalars.prefix(limit + 1)
        let shown = escaped(beginning.prefix(limit))
        return beginning.count > limit ? shown + "…" : shown
    }

    /// The beginning of what a worker wrote, in quotation marks.
    static func quote(_ bytes: [UInt8], limit: Int = 120) -> String {
        // A scalar has four bytes at the most.
        let text = String(decoding: bytes.prefix(4 * (limit + 1)), as: UTF8.self)
        return "\"\(line(text, limit: limit))\""
    }

    /// A text of several lines, in which only line feeds and tabs are left as they are.
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

    /// Controls move a terminal's cursor; formats, among them those that turn the direction, show something else than
    /// stands there.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
        default: true
        }
    }
}
