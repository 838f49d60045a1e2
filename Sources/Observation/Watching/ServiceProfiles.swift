/// The profiles of watched processes, added up by service.
package struct ServiceProfiles: Sendable {
    private var profiles: [String: LockProfile] = [:]
    private var services: [Int32: String] = [:]

    package init() {}

    /// Adds what was taken from a watch.
    ///
    /// - Parameter found: the processes of its newest look.
    package mutating func add(_ taken: [Int32: LockProfile], of found: [WatchedProcess]) {
        for process in found { services[process.pid] = process.service ?? process.name }
        for (pid, profile) in taken {
            // A process has no row before its second look.
            let service = services[pid] ?? "process \(pid)"
            if profiles[service]?.merge(profile) == nil { profiles[service] = profile }
        }
    }

    /// What all holders together are charged with.
    package var total: LockCost { profiles.values.reduce(into: LockCost()) { $0 += $1.holders.total } }

    /// One side of all services. If there are several, each stack begins with its service.
    package func merged(_ side: LockProfile.Side) -> StackProfile {
        profiles.count > 1 ? profiles.mapValues { $0[side] }.joined : withoutServices(side)
    }

    package func withoutServices(_ side: LockProfile.Side) -> StackProfile {
        profiles.sorted { $0.key < $1.key }.reduce(into: StackProfile()) { $0.merge($1.value[side]) }
    }
}
