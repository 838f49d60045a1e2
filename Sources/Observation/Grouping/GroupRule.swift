/// A rule that assigns the processes that match its patterns to a group, or excludes them from observation.
package struct GroupRule: Sendable, Equatable {
    /// An attribute of a process. The raw value is the key in the configuration and the variable in names.
    package enum Attribute: String, Sendable, CaseIterable {
        case commandLine = "command_line"
        case program
        case unit
        case cgroup
        case user
        case container
        case namespace
        case pod
        case containerName = "container_name"
        case podUID = "pod_uid"
    }

    package struct Pattern: Sendable, Equatable {
        package let attribute: Attribute
        package let expression: RegularExpression

        package init(_ attribute: Attribute, _ expression: RegularExpression) {
            self.attribute = attribute
            self.expression = expression
        }
    }

    /// The name of the group; nil for processes that are not observed.
    package let name: GroupTemplate?
    /// A process must match all of them. Without patterns, no process matches.
    package let patterns: [Pattern]
    /// Whether the group has series, which are 0, before it has processes. Its name has no variables.
    package let isExpected: Bool

    package init(name: GroupTemplate?, patterns: [Pattern], isExpected: Bool = false) {
        self.name = name
        self.patterns = patterns
        self.isExpected = isExpected
    }
}

/// The template of a group's name. `$1`, `${1}` and `${name}` stand for text that the expressions of a rule captured, and
/// `$$` for a `$`.
package struct GroupTemplate: Sendable, Equatable {
    package enum Variable: Sendable, Hashable {
        /// A capture, counted over all expressions of the rule in the order in which they are tried.
        case number(Int)
        case name(String)
    }

    private enum Part: Sendable, Equatable {
        case text(String)
        case variable(Variable)
    }

    /// As it is written.
    package let text: String
    private let parts: [Part]

    /// - Returns: nil if a `$` does not begin a variable.
    package init?(_ text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            if dollar > rest.startIndex { parts.append(.text(String(rest[..<dollar]))) }
            rest = rest[dollar...].dropFirst()
            guard let part = Self.reference(&rest) else { return nil }
            parts.append(part)
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.text = text
        self.parts = parts
    }

    private static func reference(_ rest: inout Substring) -> Part? {
        switch rest.first {
        case "$":
            rest.removeFirst()
            return .text("$")
        case "{":
            guard let end = rest.firstIndex(of: "}") else { return nil }
            let name = rest[..<end].dropFirst()
            guard !name.isEmpty,
                name.unicodeScalars.allSatisfy({
                    $0.isASCII && ($0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0))
                })
            else { return nil }
            rest = rest[end...].dropFirst()
            return .variable(Int(name).map { .number($0) } ?? .name(String(name)))
        default:
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard let number = Int(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            return .variable(.number(number))
        }
    }

    package var variables: [Variable] {
        parts.compactMap { part in if case .variable(let variable) = part { variable } else { nil } }
    }

    /// The name if it is the same for all processes.
    package var constant: String? { variables.isEmpty ? filled { _ in nil } : nil }

    /// The name. Variables without a value are left out.
    func filled(_ value: (Variable) -> Substring?) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .variable(let variable): value(variable).map(String.init) ?? ""
            }
        }.joined()
    }
}
