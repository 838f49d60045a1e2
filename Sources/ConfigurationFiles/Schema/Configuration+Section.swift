import Observation
import Probing

extension Configuration {
    /// The whole file. A new section is a key here and a file beside this one.
    static var section: Section<Configuration> {
        Section([
            Key("probing", \.probing, ProbingSettings.section),
            Key("runtimes", \.probing, ProbingSettings.runtimesSection),
            Key("observation", \.observation, ObservationSettings.section),
        ])
    }
}
