import Probing

extension ProbingSettings {
    /// `runtimes:`, what counts down.
    static var runtimesSection: Section<ProbingSettings> {
        Section([
            Key("discover", \.discovery, .choice),
            Key(
                "list",
                \.runtimes,
                .list(
                    of: .runtime,
                    example: "\"- name: native\"",
                    distinct: Distinction(by: \.name, remedy: "remove or rename one")
                )
            ),
        ])
    }
}
