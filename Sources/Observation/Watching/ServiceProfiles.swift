/// The profiles of watched processes, added up by service.
package struct ServiceProfiles: Sendable {
    private var profiles: [String: StackProfile] = [:]
    private var services: [Int32: String] = [:]

    package init() {}

    /// Adds what was taken from a watch.
    ///
    /// - Parameter found: the processes of its newest look.
    package mutating func add(_ taken: [Int32: StackProfile], of found: [WatchedProcess]) {
        for process in found { services[process.pid] = process.service ?? process.name }
        for (pid, profile) in taken {
            // A process has no row before its second look.
            let service = services[pid] ?? "process \(pid)"
            if profiles[service]?.merge(profile) == nil { profiles[service] = profile }
        }
    }

    package var total: LockCost { profiles.values.reduce(into: LockCost()) { $0 += $1.total } }

    /// All services. If there are several, each stack begins with its service.
    package var merged: StackProfile {
        profiles.count > 1 ? profiles.joined : withoutServices
    }

    package var withoutServices: StackProfile {
        profiles.sorted { $0.key < $1.key }.reduce(into: StackProfile()) { $0.merge($1.value) }
    }
}
