import _StringProcessing

/// Gives processes the names of their groups. For one thread.
struct Grouping {
    /// What all processes beyond the limit are in.
    static let overflow = "other"
    /// A label's value that a person can read.
    private static let longestName = 128
    /// An expression may take time that grows with the square of its input's length, or worse.
    private static let longestInput = 1024

    private struct Rule {
        let name: GroupTemplate
        let patterns: [(attribute: GroupRule.Attribute, expression: Regex<AnyRegexOutput>)]
    }

    private let rules: [Rule]
    private let limit: Int
    private let names: GroupNames

    init(_ settings: ObservationSettings, names: GroupNames = GroupNames()) {
        rules = settings.groups.map { rule in
            Rule(
                name: rule.name,
                patterns: rule.patterns.compactMap { pattern in
                    pattern.expression.compiled().map { (pattern.attribute, $0) }
                }
            )
        }
        limit = settings.groupLimit
        self.names = names
    }

    struct Membership: Equatable {
        let group: String
        /// Whether it would have had a group of its own, had there not been too many.
        let isOverflow: Bool
    }

    /// A new group is made while the limit allows it.
    func membership(of attributes: ProcessAttributes) -> Membership {
        let name = rules.lazy.compactMap { Self.name(by: $0, attributes) }.first ?? attributes.standardGroup
        let group = Self.readable(name)
        guard group != Self.overflow, !names.admits(group, limit: limit) else {
            return Membership(group: group, isOverflow: false)
        }
        return Membership(group: Self.overflow, isOverflow: true)
    }

    /// Nil where the rule does not match, or leaves nothing for a name.
    private static func name(by rule: Rule, _ attributes: ProcessAttributes) -> String? {
        var captures: [GroupTemplate.Variable: Substring] = [:]
        var number = 0
        for (attribute, expression) in rule.patterns {
            guard let value = attributes.value(of: attribute),
                let match = String(value.unicodeScalars.prefix(longestInput)).firstMatch(of: expression)
            else { return nil }
            for capture in match.output.dropFirst() {
                number += 1
                captures[.number(number)] = capture.substring
                if let name = capture.name { captures[.name(name)] = capture.substring }
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
