/// Gives processes the names of their groups. Names may be worked out on any thread, and are admitted by one.
struct Grouping: Sendable {
    /// What all processes beyond the limit are in.
    static let overflow = "other"
    /// A label's value that a person can read.
    private static let longestName = 128
    private static let longestInput = 1024

    private let rules: [GroupRule]
    private let limit: Int
    private let retention: Duration
    private let names: GroupNames
    /// Expressions that took too long for some process, and therefore did not match it.
    private(set) var exhausted: Set<String> = []

    init(_ settings: ObservationSettings, names: GroupNames = GroupNames()) {
        rules = settings.groups
        limit = settings.groupLimit
        retention = settings.groupRetention
        self.names = names
    }

    struct Membership: Equatable {
        let group: String
        /// Whether it would have had a group of its own, had there not been too many.
        let isOverflow: Bool
    }

    /// The name that a process would have its group called.
    struct Proposal: Sendable {
        let name: String
        /// The user who has chosen it, if it was a user: the system's services are the administrator's, and so are
        /// rules.
        let owner: UInt32?
        /// Expressions that took too long.
        var exhausted: Set<String> = []
    }

    /// A new group is made while the limits allow it.
    mutating func membership(of attributes: ProcessAttributes, now: UInt64 = 0) -> Membership {
        admit(proposal(for: attributes), now: now)
    }

    /// What the rules make of a process. May block: the user's name may take a query over the network, and a command
    /// line is memory of the process.
    func proposal(for attributes: ProcessAttributes) -> Proposal {
        var exhausted: Set<String> = []
        for rule in rules {
            guard let name = name(by: rule, attributes, &exhausted) else { continue }
            return Proposal(name: Self.readable(name), owner: nil, exhausted: exhausted)
        }
        var proposal = Self.standardProposal(for: attributes)
        proposal.exhausted = exhausted
        return proposal
    }

    /// The name without any rule. Blocks for nothing.
    static func standardProposal(for attributes: ProcessAttributes) -> Proposal {
        Proposal(name: readable(attributes.standardGroup), owner: attributes.namingUser)
    }

    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    mutating func admit(_ proposal: Proposal, now: UInt64) -> Membership {
        exhausted.formUnion(proposal.exhausted)
        let group = proposal.name
        guard group != Self.overflow, !names.admits(group, owner: proposal.owner, limit: limit, now: now) else {
            return Membership(group: group, isOverflow: false)
        }
        return Membership(group: Self.overflow, isOverflow: true)
    }

    /// Takes note of the groups that have processes now, all of them.
    ///
    /// - Returns: the groups that are no more, since they had none for long or others needed their places.
    func retire(except present: Set<String>, now: UInt64) -> Set<String> {
        names.retire(except: present, after: retention, now: now)
    }

    /// Nil where the rule does not match, or leaves nothing for a name.
    private func name(
        by rule: GroupRule,
        _ attributes: ProcessAttributes,
        _ exhausted: inout Set<String>
    ) -> String? {
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
