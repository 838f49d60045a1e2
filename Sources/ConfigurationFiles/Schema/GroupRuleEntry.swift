import Observation

/// An entry of `observation.groups` as it is written, before it is known whether it makes sense.
struct GroupRuleEntry {
    var name: GroupTemplate?
    private var expressions: [GroupRule.Attribute: RegularExpression] = [:]

    subscript(attribute: GroupRule.Attribute) -> RegularExpression? {
        get { expressions[attribute] }
        set { expressions[attribute] = newValue }
    }

    static var section: Section<GroupRuleEntry> {
        Section(
            [Key("name", \.name, .groupTemplate)]
                + GroupRule.Attribute.allCases.map { Key($0.rawValue, \.[$0], .regularExpression) }
        )
    }

    /// The rule that this describes, or nil after a report of what is missing.
    func rule(_ places: Places, _ diagnostics: inout Diagnostics) -> GroupRule? {
        let keys = GroupRule.Attribute.allCases.map(\.rawValue).joined(separator: ", ")
        guard let name else {
            let message = "there is no name: add a line such as \"name: ${unit}\""
            diagnostics.report(message, at: places.value(of: "name"))
            return nil
        }
        let patterns = GroupRule.Attribute.allCases.compactMap { attribute in
            expressions[attribute].map { GroupRule.Pattern(attribute, $0) }
        }
        guard !patterns.isEmpty else {
            let message = "there is nothing to match: add a regular expression for one of \(keys)"
            diagnostics.report(message, at: places.value(of: "name"))
            return nil
        }
        for case .name(let variable) in name.variables
        where GroupRule.Attribute(rawValue: variable) == nil
            && !patterns.contains(where: { $0.expression.contains(captureNamed: variable) })
        {
            let message =
                "nothing is called \(quoted(variable)): name a capture so, as in (?<\(variable)>…), or use one of \(keys)"
            diagnostics.report(message, at: places.value(of: "name"))
            return nil
        }
        return GroupRule(name: name, patterns: patterns)
    }
}

extension Schema where Value == GroupRule {
    static var groupRule: Schema {
        .mapping(GroupRuleEntry.section, draft: GroupRuleEntry()) { entry, places, diagnostics in
            entry.rule(places, &diagnostics)
        }
    }
}

extension Schema where Value == GroupTemplate {
    fileprivate static var groupTemplate: Schema {
        .scalar("a text with $1 or ${name} for what was captured, and $$ for a dollar") {
            (scalar) throws(Unacceptable) in
            guard !scalar.text.isEmpty else { throw Unacceptable("is empty") }
            guard let template = GroupTemplate(scalar.text) else {
                throw Unacceptable("has a $ that begins no variable")
            }
            return template
        }
    }
}

extension Schema where Value == RegularExpression {
    fileprivate static var regularExpression: Schema {
        .scalar("a regular expression such as ^gunicorn") { (scalar) throws(Unacceptable) in
            do {
                return try RegularExpression(scalar.text)
            } catch {
                throw Unacceptable("is not a regular expression (\(error))")
            }
        }
    }
}
