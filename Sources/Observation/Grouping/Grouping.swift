import Linux

/// Assigns processes to groups. Any thread may work out the name of a group; one thread admits it.
struct Grouping: Sendable {
    /// The group of all processes beyond the limit.
    static let overflow = "other"
    /// Characters of a group's name, so that people can read the label.
    private static let maxNameLength = 128
    /// Characters of an attribute that an expression is applied to.
    private static let maxInputLength = 1024

    private let rules: [GroupRule]
    private let limit: Int
    private let retention: Duration
    private let names: GroupNames
    private let pods: PodNames
    /// The groups that have series without processes.
    let expected: Set<String>
    /// Expressions that took too long for a process, and therefore did not match it.
    private(set) var exhausted: Set<String> = []

    init(_ settings: ObservationSettings, names: GroupNames = GroupNames()) {
        rules = settings.groups
        limit = settings.groupLimit
        retention = settings.groupRetention
        self.names = names
        pods = PodNames(settings.kubernetes.podLogs)
        expected = Set(rules.filter(\.isExpected).compactMap { $0.name?.constant.map(Self.readable) })
        names.expect(expected)
    }

    struct Membership: Equatable {
        /// Nil if the process is excluded.
        let group: String?
        /// Whether the process lacks a group of its own because there are too many.
        let isOverflow: Bool
    }

    /// A name for the group of a process.
    struct Proposal: Sendable {
        /// Nil if the process is excluded.
        let name: String?
        /// The user who chose the name; nil if it was the administrator, who defines system services and rules.
        let owner: UInt32?
        /// Whether the name is that of a pod, which goes with the pod.
        var isOfPod = false
        /// The container of the process.
        var identity: GroupIdentity?
        /// Expressions that took too long.
        var exhausted: Set<String> = []
    }

    /// The attributes of a process, with the names of its pod.
    func attributes(of files: ProcessFiles) -> ProcessAttributes { ProcessAttributes(files, pods: pods) }

    /// Makes a new group if the limits allow it.
    mutating func membership(of attributes: ProcessAttributes, now: UInt64 = 0) -> Membership {
        admit(proposal(for: attributes), now: now)
    }

    /// Applies the rules to a process. May block: looking up the user's name may take a query over the network, and a
    /// command line is memory of the process.
    ///
    /// A rule also applies to a process that does a part of the work of a program that it matches.
    func proposal(for attributes: ProcessAttributes) -> Proposal {
        var exhausted: Set<String> = []
        var proposal = ruled(attributes, &exhausted) ?? standard(attributes)
        proposal.identity = attributes.identity
        proposal.exhausted = exhausted
        return proposal
    }

    /// - Returns: nil if no rule matches.
    private func ruled(_ attributes: ProcessAttributes, _ exhausted: inout Set<String>) -> Proposal? {
        for rule in rules {
            var candidate: ProcessAttributes? = attributes
            while let process = candidate {
                if let captures = captures(by: rule, process, &exhausted) {
                    guard let template = rule.name else { return Proposal(name: nil, owner: nil) }
                    let name = name(template, captures, process)
                    if !name.isEmpty { return Proposal(name: Self.readable(name), owner: nil) }
                }
                candidate = process.starter
            }
        }
        return nil
    }

    private func standard(_ attributes: ProcessAttributes) -> Proposal {
        if let pod = attributes.identity?.groupOfPod {
            return Proposal(name: pod, owner: attributes.podOwner, isOfPod: true)
        }
        return Proposal(name: Self.readable(attributes.standardGroup), owner: attributes.namingUser)
    }

    /// The name for a process that does not answer. Never blocks.
    static func proposalInSilence(for attributes: ProcessAttributes) -> Proposal {
        let identity = attributes.identityInSilence
        if let pod = identity?.groupOfPod {
            return Proposal(name: pod, owner: attributes.podOwner, isOfPod: true, identity: identity)
        }
        return Proposal(
            name: readable(attributes.groupInSilence),
            owner: attributes.namingUser,
            identity: identity
        )
    }

    /// A hash of all that can change the proposal for a process while it runs one program. May block, but costs little.
    func mark(of attributes: ProcessAttributes) -> Int {
        var hasher = Hasher()
        var candidate: ProcessAttributes? = attributes
        while let process = candidate {
            hasher.combine(process.value(of: .commandLine))
            hasher.combine(process.value(of: .cgroup))
            hasher.combine(process.identity)
            // The number, because looking up the name may take a query over the network.
            if namesUser { hasher.combine(process.userID) }
            candidate = process.starter
        }
        return hasher.finalize()
    }

    private var namesUser: Bool {
        rules.contains { rule in
            rule.patterns.contains { $0.attribute == .user } || rule.name?.variables.contains(.name("user")) == true
        }
    }

    /// - Parameter now: nanoseconds of ``KernelClock/monotonic()``.
    mutating func admit(_ proposal: Proposal, now: UInt64) -> Membership {
        exhausted.formUnion(proposal.exhausted)
        guard let group = proposal.name else { return Membership(group: nil, isOverflow: false) }
        guard group != Self.overflow,
            !names.admits(group, owner: proposal.owner, isPod: proposal.isOfPod, limit: limit, now: now)
        else {
            return Membership(group: group, isOverflow: false)
        }
        return Membership(group: Self.overflow, isOverflow: true)
    }

    /// Notes all groups that have processes now.
    ///
    /// - Returns: the groups that were removed, because they had no process for long or others needed their places.
    func retire(except present: Set<String>, now: UInt64) -> Set<String> {
        names.retire(except: present, after: retention, now: now)
    }

    /// - Returns: nil if the rule does not match.
    private func captures(
        by rule: GroupRule,
        _ attributes: ProcessAttributes,
        _ exhausted: inout Set<String>
    ) -> [GroupTemplate.Variable: Substring]? {
        guard !rule.patterns.isEmpty else { return nil }
        var captures: [GroupTemplate.Variable: Substring] = [:]
        var number = 0
        for pattern in rule.patterns {
            guard let value = attributes.value(of: pattern.attribute) else { return nil }
            switch pattern.expression.search(String(value.unicodeScalars.prefix(Self.maxInputLength))) {
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
        return captures
    }

    private func name(
        _ template: GroupTemplate,
        _ captures: [GroupTemplate.Variable: Substring],
        _ attributes: ProcessAttributes
    ) -> String {
        template.filled { variable in
            if let capture = captures[variable] { return capture }
            guard case .name(let name) = variable, let attribute = GroupRule.Attribute(rawValue: name) else {
                return nil
            }
            return attributes.value(of: attribute)?[...]
        }
    }

    /// Replaces characters that are not printable: a user may give a process any name.
    private static func readable(_ name: String) -> String {
        let scalars = name.unicodeScalars.prefix(maxNameLength).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                Unicode.Scalar("_")
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// The names of all groups. A group outlasts its processes, because its counters must, and a reload. It does not exist for
/// ever, because every user who may start processes may make groups.
package final class GroupNames: Sendable {
    private struct Group {
        let owner: UInt32?
        let isPod: Bool
        /// When it last had processes: nanoseconds of ``KernelClock/monotonic()``.
        var seen: UInt64
    }

    private struct Groups {
        var groups: [String: Group] = [:]
        /// Groups that keep their places without processes.
        var expected: Set<String> = []
        /// Groups that gave up their places to others, and whose series have yet to be removed.
        var replaced: Set<String> = []
        /// When it was last known which groups have processes.
        var updated: UInt64 = 0
    }

    /// Nanoseconds without a process after which a group gives up its place if another needs it.
    private static let replaceableAfter: UInt64 = 600_000_000_000
    /// A pod that has gone does not come back, and clusters replace pods all the time. Long enough for a restart.
    private static let podRetention: Duration = .seconds(300)
    /// The programs of one user, except root, may have one place in so many. Services are not counted.
    private static let shareOfUser = 4

    private let groups = Protected(Groups())

    package init() {}

    /// Gives places to groups that keep them without processes. They may exceed the limit until others retire.
    func expect(_ names: Set<String>) {
        groups.withLock { state in
            state.expected = names
            for name in names where state.groups[name] == nil {
                state.groups[name] = Group(owner: nil, isPod: false, seen: 0)
                state.replaced.remove(name)
            }
        }
    }

    /// Whether `name` is a group: a known one, or a new one if there is a place for it.
    ///
    /// - Parameters:
    ///   - owner: the user who chose the name.
    ///   - isPod: whether the name is that of a pod.
    ///   - limit: the maximum number of groups.
    func admits(_ name: String, owner: UInt32?, isPod: Bool = false, limit: Int, now: UInt64) -> Bool {
        groups.withLock { state in
            guard state.groups[name] == nil else { return true }
            if let owner, owner != 0 {
                let share = max(1, limit / Self.shareOfUser)
                let held = state.groups.filter { $0.value.owner == owner }
                if held.count >= share {
                    guard let place = Self.replaceable(held, in: state) else { return false }
                    Self.replace(place, in: &state)
                }
            }
            if state.groups.count >= limit {
                guard let place = Self.replaceable(state.groups, in: state) else { return false }
                Self.replace(place, in: &state)
            }
            state.groups[name] = Group(owner: owner, isPod: isPod, seen: now)
            state.replaced.remove(name)
            return true
        }
    }

    /// Removes the groups that have had no process for `retention`, and pods that have had none for five minutes.
    ///
    /// - Returns: all groups that were removed or replaced since the previous call.
    func retire(except present: Set<String>, after retention: Duration, now: UInt64) -> Set<String> {
        groups.withLock { state in
            state.updated = now
            for name in present { state.groups[name]?.seen = now }
            for (name, group) in state.groups where !state.expected.contains(name) {
                let patience = group.isPod ? min(retention, Self.podRetention) : retention
                guard now - min(group.seen, now) > UInt64(max(0, patience.nanoseconds)) else { continue }
                Self.replace(name, in: &state)
            }
            defer { state.replaced = [] }
            return state.replaced
        }
    }

    private static func replaceable(_ groups: [String: Group], in state: Groups) -> String? {
        let oldest = groups.filter { !state.expected.contains($0.key) }.min {
            ($0.value.seen, $0.key) < ($1.value.seen, $1.key)
        }
        // Groups may have processes since the newest scan that no scan has seen, however long ago that was.
        return oldest.flatMap { state.updated - min($0.value.seen, state.updated) > replaceableAfter ? $0.key : nil }
    }

    private static func replace(_ name: String, in state: inout sending Groups) {
        state.groups[name] = nil
        state.replaced.insert(name)
    }
}
