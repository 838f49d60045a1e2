/// What of the host's Python processes is observed, how often, and under which names.
package struct ObservationSettings: Sendable, Equatable {
    package var isEnabled = true
    /// Samples of each process per second.
    package var sampleRate = 100
    /// CPU that sampling may use, as a share of one CPU. Samples are taken less often rather than this be exceeded.
    package var cpuBudget = 0.01
    /// Time from one look for new processes to the next.
    package var scanInterval: Duration = .seconds(5)
    /// The first rule that matches a process names its group.
    package var groups: [GroupRule] = []
    /// Groups beside the one for all others.
    package var groupLimit = 100
    /// Time for which a group without processes keeps its series and its place.
    package var groupRetention: Duration = .seconds(3600)

    package init() {}
}
