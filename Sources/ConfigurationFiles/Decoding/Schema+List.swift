extension Schema {
    /// A list of values. Nothing at all, as when every element is commented out, is a list of none.
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

/// By what no two elements of a list may be the same.
struct Distinction<Element> {
    let identity: (Element) -> String
    /// What to do about the second of two.
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
    /// The elements of a list; none, and a report, where this is something else.
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
