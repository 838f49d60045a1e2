import Linux

/// What held the locks of each group, and what waited for them, since the start. Safe to use from any thread, and continued
/// by later observers.
package final class GroupProfiles: Sendable {
    private let profiles = Protected<[String: LockProfile]>([:])

    package init() {}

    func merge(_ profile: LockProfile, into group: String) {
        profiles.withLock { $0[group, default: LockProfile(.group)].merge(profile) }
    }

    func remove(_ group: String) { profiles.withLock { $0[group] = nil } }

    /// The profiles of all groups whose locks were held.
    package var all: [String: LockProfile] { profiles.withLock { $0 } }
}

extension [String: StackProfile] {
    /// All groups in one profile. Each stack begins with the name of its group.
    package var joined: StackProfile {
        sorted { $0.key < $1.key }.reduce(into: StackProfile()) { sum, entry in
            sum.merge(entry.value, below: PythonFunction(name: entry.key))
        }
    }

    /// The costs since an earlier copy.
    package func since(_ earlier: [String: StackProfile]) -> [String: StackProfile] {
        Dictionary(uniqueKeysWithValues: map { ($0, earlier[$0].map($1.since) ?? $1) })
    }
}
