/// A group of processes as it is now, and what it did in the last minutes.
package struct ObservedGroup: Sendable, Equatable {
    /// What distinguishes the interpreters of observed processes.
    package struct Kind: Sendable, Hashable {
        package var version: PythonVersion
        package var build: ProcessObservation.Build
        package var isGILEnabled: Bool

        package init(version: PythonVersion, build: ProcessObservation.Build, isGILEnabled: Bool) {
            self.version = version
            self.build = build
            self.isGILEnabled = isGILEnabled
        }
    }

    package var name: String
    /// Nil for a group that is not of containers.
    package var identity: GroupIdentity?
    /// The observed processes.
    package var processes: [Kind: Int] = [:]
    /// Processes that cannot be observed; of the reason `libc`, those that are observed except for their waiting threads.
    package var unobservable: [UnobservableReason: Int] = [:]
    /// Processes whose first sample is still to come.
    package var starting = 0
    /// Observed processes with a lock that is held almost all the time.
    package var saturated = 0
    /// The last half minute of the process with the greatest demand; nil if no lock can be read.
    package var busiest: ProcessObservation.Recent?
    /// Threads at the newest scan; nil if no process is observed.
    package var threads: Int?
    /// Unix time at which the oldest process started.
    package var oldestStart: Double?
    /// Whether the configuration expects the group.
    package var isExpected = false
    package var history = GroupHistory.Record(lastMinute: nil, slots: [])

    package init(name: String) { self.name = name }

    package var observed: Int { processes.values.reduce(0, +) }

    /// The processes of which nothing is known, by reason.
    package var unobserved: [UnobservableReason: Int] { unobservable.filter { $0.key != .libc && $0.value > 0 } }

    /// The last minute, if any process was sampled in it.
    package var usage: GroupUsage? { history.lastMinute.flatMap { $0.observed > 0 ? $0 : nil } }
}
