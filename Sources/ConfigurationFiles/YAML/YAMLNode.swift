/// A value in a YAML document, with the place where it begins.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    let position: YAMLPosition
    let content: Content

    /// What a person would call it, for a message that says it should have been something else.
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

/// A text, not yet read as a number, a duration or anything else.
struct YAMLScalar: Sendable {
    let text: String
    /// Without quotes: only then can it be a number or nothing at all (YAML 1.2.2, section 10.3.2).
    let isPlain: Bool

    var isNull: Bool {
        isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
