extension Schema {
    /// A list of values. A key without a value, whose elements are all commented out, is an empty list.
    static func list<Element>(
        of element: Schema<Element>,
        example: String,
        distinct: Distinction<Element>? = nil
    ) -> Schema where Value == [Element] {
        Schema(paths: element.paths.map { "[].\($0)" }) { node, diagnostics in
            let before = diagnostics.count
            let nodes = node.elements(example: example, &diagnostics)
            let values = nodes.compactMap { node in
                let value = diagnostics.withinElement { diagnostics in element.decode(node, &diagnostics) }
                return value.map { (node.position, $0) }
            }
            distinct?.check(values, &diagnostics)
            return diagnostics.count == before ? values.map(\.1) : nil
        }
    }

    /// Refuses a list without elements.
    func nonEmpty<Element>(example: String) -> Schema where Value == [Element] {
        Schema(paths: paths) { node, diagnostics in
            guard let values = decode(node, &diagnostics) else { return nil }
            guard !values.isEmpty else {
                let message = "the list is empty: write at least one element, such as \(example), or remove the key"
                diagnostics.report(message, at: node.position)
                return nil
            }
            return values
        }
    }
}

/// The property in which all elements of a list must differ.
struct Distinction<Element> {
    let identity: (Element) -> String
    /// What to do with a second element of the same identity.
    let remedy: String

    init(by identity: @escaping (Element) -> String, remedy: String) {
        self.identity = identity
        self.remedy = remedy
    }

    func check(_ elements: [(position: YAMLPosition, value: Element)], _ diagnostics: inout Diagnostics) {
        var places: [String: YAMLPosition] = [:]
        for (position, value) in elements {
            let name = identity(value)
            if let first = places[name] {
                diagnostics.report("\(quoted(name)) is listed twice, first at \(first): \(remedy)", at: position)
            } else {
                places[name] = position
            }
        }
    }
}

extension YAMLNode {
    /// The elements of a list. If this is not a list, it reports that and returns none.
    fileprivate func elements(example: String, _ diagnostics: inout Diagnostics) -> [YAMLNode] {
        switch content {
        case .sequence(let nodes):
            return nodes
        case .scalar(let scalar) where scalar.isNull:
            return []
        case .scalar, .mapping:
            diagnostics.report("expected a list, found \(kind): write one such as \(example)", at: position)
            return []
        }
    }
}

extension Schema {
    /// A mapping that is decoded to a value: its keys fill a draft, and `finish` turns a draft without issues into the
    /// value.
    static func mapping<Draft>(
        _ section: Section<Draft>,
        draft: Draft,
        finish: @escaping (Draft, Places, inout Diagnostics) -> Value?
    ) -> Schema {
        Schema(paths: section.paths) { node, diagnostics in
            var draft = draft
            let before = diagnostics.count
            section.read(node, into: &draft, &diagnostics)
            guard diagnostics.count == before else { return nil }
            return finish(draft, Places(node), &diagnostics)
        }
    }
}
