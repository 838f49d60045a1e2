/// A mapping in the file: the keys that it may have, and what they set in a `Subject`.
struct Section<Subject> {
    let keys: [Key<Subject>]
    /// What no key can tell alone. Runs only when every key was accepted, and is told where each one stands.
    let check: (Subject, Places, inout Diagnostics) -> Void

    init(
        _ keys: [Key<Subject>],
        check: @escaping (Subject, Places, inout Diagnostics) -> Void = { _, _, _ in }
    ) {
        self.keys = keys
        self.check = check
    }

    /// Every key, and every key below, as paths relative to this mapping.
    var paths: [String] { keys.flatMap(\.paths) }

    /// Sets in `subject` what the file gives and leaves the rest as it is. Nothing at all, as when every key of a
    /// section is commented out, sets nothing.
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

/// Where the values of a mapping stand, for what is wrong with several of them together.
struct Places {
    private let mapping: YAMLNode

    init(_ mapping: YAMLNode) { self.mapping = mapping }

    /// The value of the first of `keys` that the file gives; where it gives none, the mapping itself.
    func value(of keys: String...) -> YAMLPosition {
        guard case .mapping(let entries) = mapping.content else { return mapping.position }
        let values = keys.lazy.compactMap { key in entries.first { $0.key == key }?.value.position }
        return values.first ?? mapping.position
    }
}
