/// Tells when many connections have come and gone.
///
/// What they needed is free then, but the allocator keeps it, because memory in use lies between: ``FreeMemory``.
struct ConnectionSurge: Sendable {
    private let many: Int
    private let few: Int
    private var highest = 0

    /// - Parameter most: connections that there may be.
    init(most: Int) {
        many = max(2, most / 8)
        few = most / 32
    }

    /// - Parameter count: connections that there are now.
    /// - Returns: whether a surge has just ended.
    mutating func ends(at count: Int) -> Bool {
        highest = max(highest, count)
        guard highest >= many, count <= few else { return false }
        highest = 0
        return true
    }
}
