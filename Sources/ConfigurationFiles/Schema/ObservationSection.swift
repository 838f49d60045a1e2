import Observation

extension ObservationSettings {
    /// `observation:`, the Python processes of the host.
    static var section: Section<ObservationSettings> {
        Section([
            Key("enabled", \.isEnabled, .boolean),
            // A thousand samples a second is one within a fifth of Python's own switch interval.
            Key("sample_rate", \.sampleRate, .integer(in: 1...1000)),
            Key("cpu_budget", \.cpuBudget, .ratio(percent: 0.01...100)),
            // A process that lives for less than a scan interval is missed, and so is most of what is shorter than an
            // hour with a longer one.
            Key("scan_interval", \.scanInterval, .duration(in: .seconds(1) ... .seconds(3600))),
            Key("group_limit", \.groupLimit, .integer(in: 1...10_000)),
            // Shorter than a scrape or two, and nobody sees what a group counted at its end.
            Key("group_retention", \.groupRetention, .duration(in: .seconds(60) ... .seconds(30 * 86_400))),
            Key("groups", \.groups, .list(of: .groupRule, example: "\"- name: web\"")),
        ])
    }
}
