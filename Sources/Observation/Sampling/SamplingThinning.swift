/// Which processes are sampled in fewer rounds than others, while the CPU budget does not suffice for all.
///
/// Without it one process of hundreds of interpreters, each with a lock in a page of its own, would have a hundred
/// ordinary ones sampled less often. So what is spent on one is bounded, by as much as is needed, and never to less
/// than an ordinary process costs.
struct SamplingThinning: Sendable {
    /// Ranges of memory that are read of one process in a round, on average.
    private var most = Self.unlimited

    private static let least = 8.0
    /// IOV_MAX: no process has more.
    private static let unlimited = 1024.0

    /// The share of the rounds in which a process is sampled.
    ///
    /// - Parameter cost: ranges of memory that a sample reads.
    func share(of cost: Int) -> Double { min(1, most / Double(max(1, cost))) }

    /// Comes some twenty times a second: down within seconds, and up in half a minute.
    ///
    /// - Parameter isShort: whether all are sampled less often than they should be.
    mutating func adapt(isShort: Bool) {
        most = isShort ? max(Self.least, most * 0.9) : min(Self.unlimited, most * 1.01)
    }
}
