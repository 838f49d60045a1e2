import Notation

/// A mapping in the file: its allowed keys, and the parts of a `Subject` that they set.
struct Section<Subject> {
    let keys: [Key<Subject>]
    /// A check of several keys together. It runs only if every key was accepted, and gets their places.
    let check: (Subject, Places, inout Diagnostics) -> Void

    init(
        _ keys: [Key<Subject>],
        check: @escaping (Subject, Places, inout Diagnostics) -> Void = { _, _, _ in }
    ) {
        self.keys = keys
        self.check = check
    }

    /// All keys on all levels, as paths relative to this mapping.
    var paths: [String] { keys.flatMap(\.paths) }

    /// Sets the parts of `subject` that the file has, and leaves the others alone. An empty section, whose keys are all
    /// commented out, sets nothing.
    func read(_ node: YAMLNode, into subject: inout Subject, _ diagnostics: inout Diagnostics) {
        let before = diagnostics.count
        guard let entries = entries(of: node, &diagnostics) else { return }
        for entry in entries {
            guard let key = keys.first(where: { $0.name == entry.key }) else {
                diagnostics.report(unknown(entry.key), at: entry.keyPosition)
                continue
            }
            diagnostics.within(key.name) { diagnostics in key.read(entry.value, &subject, &diagnostics) }
        }
        if diagnostics.count == before {
            check(subject, Places(node), &diagnostics)
        }
    }

    private func entries(of node: YAMLNode, _ diagnostics: inout Diagnostics) -> [YAMLEntry]? {
        switch node.content {
        case .mapping(let entries):
            return entries
        case .scalar(let scalar) where scalar.isNull:
            return []
        case .scalar, .sequence:
            let message =
                "expected keys with values, found \(node.kind): write lines of \"key: value\" with \(known)"
            diagnostics.report(message, at: node.position)
            return nil
        }
    }

    private func unknown(_ key: String) -> String {
        let guess = nearMiss(key, among: keys.map(\.name)).map { "did you mean \"\($0)\"? " } ?? ""
        return "unknown key \(quoted(key)): \(guess)write \(known), or remove it"
    }

    private var known: String {
        keys.count == 1 ? keys.map(\.name).joined() : "one of \(keys.map(\.name).joined(separator: ", "))"
    }
}

/// The places of a mapping's values, for problems that concern several of them.
struct Places {
    private let mapping: YAMLNode

    init(_ mapping: YAMLNode) { self.mapping = mapping }

    /// The place of the value of the first of `keys` that the file has. The place of the mapping if it has none of
    /// them.
    func value(of keys: String...) -> YAMLPosition {
        guard case .mapping(let entries) = mapping.content else { return mapping.position }
        let values = keys.lazy.compactMap { key in entries.first { $0.key == key }?.value.position }
        return values.first ?? mapping.position
    }
}

/// A key of a section, and the part of a `Subject` that it sets.
struct Key<Subject> {
    let name: String
    /// This key and the keys below it, as paths relative to the section.
    let paths: [String]
    let read: (YAMLNode, inout Subject, inout Diagnostics) -> Void

    /// A key that sets one part of the subject.
    init<Value>(_ name: String, _ part: WritableKeyPath<Subject, Value>, _ schema: Schema<Value>) {
        self.init(name, below: schema.paths) { node, subject, diagnostics in
            if let value = schema.decode(node, &diagnostics) { subject[keyPath: part] = value }
        }
    }

    /// A key that sets an optional part.
    init<Value>(_ name: String, _ part: WritableKeyPath<Subject, Value?>, _ schema: Schema<Value>) {
        self.init(name, below: schema.paths) { node, subject, diagnostics in
            if let value = schema.decode(node, &diagnostics) { subject[keyPath: part] = value }
        }
    }

    /// A key with keys of its own.
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

extension Section {
    /// Reads a whole file, which is UTF-8. Issues refer to it as `file`.
    func read(_ text: [UInt8], file: String, into subject: inout Subject) throws(ConfigurationErrors) {
        guard text.count <= BoundedFileReader.maxBytes else {
            let message = "larger than \(BoundedFileReader.maxBytes) bytes: is this the right file?"
            throw ConfigurationErrors(issues: [ConfigurationIssue(file: file, message: message)])
        }
        var diagnostics = Diagnostics()
        if let root = YAMLComposer.compose(text, &diagnostics) {
            read(root, into: &subject, &diagnostics)
        }
        guard diagnostics.count == 0 else {
            let issues = diagnostics.inFileOrder.map {
                ConfigurationIssue(file: file, position: $0.position, message: $0.message)
            }
            throw ConfigurationErrors(issues: issues)
        }
    }
}
