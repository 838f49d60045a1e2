/// A text from the file as a message shows it: in quotes, on one line, and not much of it, because it may be a
/// megabyte of anything, and messages end up in logs and on terminals.
func quoted(_ text: String) -> String {
    let longest = 60
    var shown = ""
    for scalar in text.unicodeScalars.prefix(longest) {
        shown += scalar.properties.isPrintable ? String(scalar) : scalar.escaped(asASCII: true)
    }
    return text.unicodeScalars.dropFirst(longest).isEmpty ? "\"\(shown)\"" : "\"\(shown)…\""
}

extension Unicode.Scalar.Properties {
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
