import Observation

extension ObservationSettings {
    /// `observation:`, the observation of the host's Python processes.
    static var section: Section<ObservationSettings> {
        Section([
            Key("enabled", \.isEnabled, .boolean),
            // At a thousand samples a second, five fall into each switch interval of Python.
            Key("sample_rate", \.sampleRate, .integer(in: 1...1000)),
            Key("cpu_budget", \.cpuBudget, .ratio(percent: 0.01...100)),
            // Scans miss processes that live for less than the interval.
            Key("scan_interval", \.scanInterval, .duration(in: .seconds(1) ... .seconds(3600))),
            Key("group_limit", \.groupLimit, .integer(in: 1...10_000)),
            // With less than a scrape or two, the last counts of a group would not be scraped.
            Key("group_retention", \.groupRetention, .duration(in: .seconds(60) ... .seconds(30 * 86_400))),
            Key("kubernetes", \.kubernetes, KubernetesSettings.section),
            Key("profile", \.profile, ProfileSettings.section),
            Key("groups", \.groups, .list(of: .groupRule, example: "\"- name: web\"")),
        ]) { settings, places, diagnostics in
            let expected = Set(settings.groups.filter(\.isExpected).compactMap { $0.name?.constant }).count
            guard expected > settings.groupLimit else { return }
            let message =
                "\(expected) groups are expected, and the limit is \(settings.groupLimit): expect fewer, or raise group_limit"
            diagnostics.report(message, at: places.value(of: "group_limit", "groups"))
        }
    }
}

extension ProfileSettings {
    /// `observation.profile:`, what is read of the code that holds locks.
    fileprivate static var section: Section<ProfileSettings> {
        // Each of them has a series, and up to three more that were among them earlier.
        Section([Key("top", \.top, .integer(in: 0...50))])
    }
}

extension KubernetesSettings {
    /// `observation.kubernetes:`, where the names of pods are.
    fileprivate static var section: Section<KubernetesSettings> {
        Section([Key("pod_logs", \.podLogs, .absolutePath(example: "/var/log/pods"))])
    }
}

/// An entry of `observation.groups` before it is checked.
struct GroupRuleEntry {
    var name: GroupTemplate?
    private var isExcluding = false
    private var isExpected = false
    private var expressions: [GroupRule.Attribute: RegularExpression] = [:]

    subscript(attribute: GroupRule.Attribute) -> RegularExpression? {
        get { expressions[attribute] }
        set { expressions[attribute] = newValue }
    }

    static var section: Section<GroupRuleEntry> {
        Section(
            [
                Key("name", \.name, .groupTemplate),
                Key("exclude", \.isExcluding, .boolean),
                Key("expect", \.isExpected, .boolean),
            ] + GroupRule.Attribute.allCases.map { Key($0.rawValue, \.[$0], .regularExpression) }
        )
    }

    /// The rule of this entry, or nil after a report of what is wrong.
    func rule(_ places: Places, _ diagnostics: inout Diagnostics) -> GroupRule? {
        let patterns = GroupRule.Attribute.allCases.compactMap { attribute in
            expressions[attribute].map { GroupRule.Pattern(attribute, $0) }
        }
        if let (message, key) = problem(patterns) {
            diagnostics.report(message, at: places.value(of: key, "name"))
            return nil
        }
        return GroupRule(name: name, patterns: patterns, isExpected: isExpected)
    }

    /// What is wrong, and the key to show.
    private func problem(_ patterns: [GroupRule.Pattern]) -> (message: String, key: String)? {
        let keys = GroupRule.Attribute.allCases.map(\.rawValue).joined(separator: ", ")
        if isExcluding, name != nil {
            return ("excluded processes have no group: remove the name, or \"exclude\"", "name")
        }
        if isExcluding, isExpected {
            return ("excluded processes have no group to expect: remove \"expect\", or \"exclude\"", "expect")
        }
        if name == nil, !isExcluding {
            return ("the name is missing: add a line such as \"name: ${unit}\", or \"exclude: true\"", "name")
        }
        if patterns.isEmpty, !isExpected {
            return ("no attribute is matched: add a regular expression for one of \(keys)", "name")
        }
        if isExpected, name?.constant == nil {
            return ("an expected group has one name: write it without $ variables, or remove \"expect\"", "name")
        }
        for case .name(let variable) in name?.variables ?? []
        where GroupRule.Attribute(rawValue: variable) == nil
            && !patterns.contains(where: { $0.expression.contains(captureNamed: variable) })
        {
            let message =
                "unknown variable \(quoted(variable)): name a capture like it, as in (?<\(variable)>…), "
                + "or use one of \(keys)"
            return (message, "name")
        }
        return nil
    }
}

extension Schema where Value == String {
    fileprivate static func absolutePath(example: String) -> Schema {
        .scalar("an absolute path such as \(example)") { (scalar) throws(Unacceptable) in
            // Paths end at a NUL: open(2).
            guard scalar.text.hasPrefix("/"), !scalar.text.utf8.contains(0) else {
                throw Unacceptable("is not an absolute path")
            }
            return scalar.text
        }
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
