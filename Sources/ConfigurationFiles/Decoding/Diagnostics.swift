/// Everything wrong with a file, gathered while it is read: who mends a file wants to hear it all at once.
struct Diagnostics {
    private var gathered: [Diagnostic] = []
    /// The keys that lead to what is being read, as they are written: `runtimes.list[].name`.
    private var path = ""

    var count: Int { gathered.count }

    /// In the order of the file; two at the same place stay in the order in which they were found.
    var inFileOrder: [Diagnostic] {
        gathered.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element)
    }

    mutating func add(_ diagnostic: Diagnostic) {
        gathered.append(diagnostic)
    }

    /// Reports what is wrong with the value that is being read.
    mutating func report(_ message: String, at position: YAMLPosition) {
        gathered.append(Diagnostic(path.isEmpty ? message : "\(path): \(message)", at: position))
    }

    /// Reads what is under `key`.
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
