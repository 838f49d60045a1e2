/// Gives processes the names of their groups. For one thread.
struct Grouping {
    /// What all processes beyond the limit are in.
    static let overflow = "other"
    /// A label's value that a person can read.
    private static let longestName = 128
    private static let longestInput = 1024

    private let rules: [GroupRule]
    private let limit: Int
    private let names: GroupNames
    /// Expressions that took too long for some process, and therefore did not match it.
    private(set) var exhausted: Set<String> = []

    init(_ settings: ObservationSettings, names: GroupNames = GroupNames()) {
        rules = settings.groups
        limit = settings.groupLimit
        self.names = names
    }

    struct Membership: Equatable {
        let group: String
        /// Whether it would have had a group of its own, had there not been too many.
        let isOverflow: Bool
    }

    /// A new group is made while the limit allows it.
    mutating func membership(of attributes: ProcessAttributes) -> Membership {
        let name = name(of: attributes) ?? attributes.standardGroup
        let group = Self.readable(name)
        guard group != Self.overflow, !names.admits(group, limit: limit) else {
            return Membership(group: group, isOverflow: false)
        }
        return Membership(group: Self.overflow, isOverflow: true)
    }

    private mutating func name(of attributes: ProcessAttributes) -> String? {
        for rule in rules {
            if let name = name(by: rule, attributes) { return name }
        }
        return nil
    }

    /// Nil where the rule does not match, or leaves nothing for a name.
    private mutating func name(by rule: GroupRule, _ attributes: ProcessAttributes) -> String? {
        var captures: [GroupTemplate.Variable: Substring] = [:]
        var number = 0
        for pattern in rule.patterns {
            guard let value = attributes.value(of: pattern.attribute) else { return nil }
            switch pattern.expression.search(String(value.unicodeScalars.prefix(Self.longestInput))) {
            case .unmatched:
                return nil
            case .exhausted:
                exhausted.insert(pattern.expression.text)
                return nil
            case .matched(let found):
                for capture in found {
                    number += 1
                    captures[.number(number)] = capture.text?[...]
                    if let name = capture.name { captures[.name(name)] = capture.text?[...] }
                }
            }
        }
        let name = rule.name.filled { variable in
            if let capture = captures[variable] { return capture }
            guard case .name(let name) = variable, let attribute = GroupRule.Attribute(rawValue: name) else {
                return nil
            }
            return attributes.value(of: attribute)?[...]
        }
        return name.isEmpty ? nil : name
    }

    /// Whoever runs a process names it, and may put anything there.
    private static func readable(_ name: String) -> String {
        let scalars = name.unicodeScalars.prefix(longestName).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                Unicode.Scalar("_")
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
