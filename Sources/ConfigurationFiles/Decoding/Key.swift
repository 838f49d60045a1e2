/// A key of a section: its name, and what it sets in a `Subject`.
struct Key<Subject> {
    let name: String
    /// This key and those below it, as paths relative to the section.
    let paths: [String]
    let read: (YAMLNode, inout Subject, inout Diagnostics) -> Void

    /// A key that sets one part of the subject.
    init<Value>(_ name: String, _ part: WritableKeyPath<Subject, Value>, _ schema: Schema<Value>) {
        self.init(name, below: schema.paths) { node, subject, diagnostics in
            if let value = schema.decode(node, &diagnostics) { subject[keyPath: part] = value }
        }
    }

    /// A key that sets a part that need not be there.
    init<Value>(_ name: String, _ part: WritableKeyPath<Subject, Value?>, _ schema: Schema<Value>) {
        self.init(name, below: schema.paths) { node, subject, diagnostics in
            if let value = schema.decode(node, &diagnostics) { subject[keyPath: part] = value }
        }
    }

    /// A key with keys of its own, which set several parts.
    init<Part>(_ name: String, _ part: WritableKeyPath<Subject, Part>, _ section: Section<Part>) {
        self.init(name, below: section.paths) { node, subject, diagnostics in
            section.read(node, into: &subject[keyPath: part], &diagnostics)
        }
    }

    private init(
        _ name: String,
        below: [String],
        read: @escaping (YAMLNode, inout Subject, inout Diagnostics) -> Void
    ) {
        self.name = name
        self.read = read
        paths = [name] + below.map { $0.hasPrefix("[]") ? name + $0 : "\(name).\($0)" }
    }
}
