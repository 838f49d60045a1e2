/// All problems of a file, collected while it is read: a person who corrects a file wants to see them all at once.
struct Diagnostics {
    private var gathered: [Diagnostic] = []
    /// The keys that lead to the current value: `runtimes.list[].name`.
    private var path = ""

    var count: Int { gathered.count }

    /// In the order of the file. Problems at the same place stay in the order of their reports.
    var inFileOrder: [Diagnostic] {
        gathered.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element)
    }

    mutating func add(_ diagnostic: Diagnostic) {
        gathered.append(diagnostic)
    }

    /// Reports a problem of the current value.
    mutating func report(_ message: String, at position: YAMLPosition) {
        gathered.append(Diagnostic(path.isEmpty ? message : "\(path): \(message)", at: position))
    }

    /// Reads the value of `key`.
    mutating func within<Result>(_ key: String, _ read: (inout Diagnostics) -> Result) -> Result {
        let outer = path
        path = path.isEmpty ? key : "\(path).\(key)"
        defer { path = outer }
        return read(&self)
    }

    /// Reads an element of a list.
    mutating func withinElement<Result>(_ read: (inout Diagnostics) -> Result) -> Result {
        let outer = path
        path += "[]"
        defer { path = outer }
        return read(&self)
    }
}

/// A problem at a place in the file, with its remedy.
struct Diagnostic: Error {
    let position: YAMLPosition
    let message: String

    init(_ message: String, at position: YAMLPosition) {
        self.position = position
        self.message = message
    }
}

/// A text from the file as messages show it: quoted, on one line and shortened, because it may be a megabyte of
/// anything, and messages end up in logs and on terminals.
func quoted(_ text: String) -> String {
    let maxScalars = 60
    var shown = ""
    for scalar in text.unicodeScalars.prefix(maxScalars) {
        shown += scalar.properties.isPrintable ? String(scalar) : scalar.escaped(asASCII: true)
    }
    return text.unicodeScalars.dropFirst(maxScalars).isEmpty ? "\"\(shown)\"" : "\"\(shown)…\""
}

extension Unicode.Scalar.Properties {
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
