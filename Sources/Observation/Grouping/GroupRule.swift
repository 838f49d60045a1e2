/// How processes get the name of a group: what they must look like, and the name.
package struct GroupRule: Sendable, Equatable {
    /// What of a process can be looked at. The raw value is the key in the configuration and the variable in names.
    package enum Attribute: String, Sendable, CaseIterable {
        case commandLine = "command_line"
        case program
        case unit
        case cgroup
        case user
        case container
    }

    package struct Pattern: Sendable, Equatable {
        package let attribute: Attribute
        package let expression: RegularExpression

        package init(_ attribute: Attribute, _ expression: RegularExpression) {
            self.attribute = attribute
            self.expression = expression
        }
    }

    package let name: GroupTemplate
    /// All of them must match.
    package let patterns: [Pattern]

    package init(name: GroupTemplate, patterns: [Pattern]) {
        self.name = name
        self.patterns = patterns
    }
}
