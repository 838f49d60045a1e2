import Linux

/// The groups that there are. They last as long as the exporter, whatever rules named them: their counters must not go.
package final class GroupNames: Sendable {
    private let names = Protected<Set<String>>([])

    package init() {}

    /// Whether `name` is a group: one of those before, or a new one if that makes no more than `limit`.
    func admits(_ name: String, limit: Int) -> Bool {
        names.withLock { names in
            guard !names.contains(name) else { return true }
            guard names.count < limit else { return false }
            names.insert(name)
            return true
        }
    }
}
