/// A value in a YAML document, with the place of its beginning.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    let position: YAMLPosition
    let content: Content

    /// A description for messages that expect another kind of value.
    var kind: String {
        switch content {
        case .scalar(let scalar) where scalar.isNull: "nothing"
        case .scalar(let scalar): "the text \(quoted(scalar.text))"
        case .sequence: "a list"
        case .mapping: "keys with values"
        }
    }
}

/// One `key: value` of a mapping.
struct YAMLEntry: Sendable {
    let key: String
    let keyPosition: YAMLPosition
    let value: YAMLNode
}

/// A text that is not yet decoded as a number, a duration or another value.
struct YAMLScalar: Sendable {
    let text: String
    /// Whether it has no quotes: only then can it be a number or null (YAML 1.2.2, section 10.3.2).
    let isPlain: Bool

    var isNull: Bool {
        isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// A place in a file as editors show it: lines and columns count from one, and columns count characters, not bytes.
struct YAMLPosition: Sendable, Hashable, Comparable, CustomStringConvertible {
    let line: Int
    let column: Int

    static func < (one: YAMLPosition, other: YAMLPosition) -> Bool {
        (one.line, one.column) < (other.line, other.column)
    }

    var description: String { "\(line):\(column)" }
}
