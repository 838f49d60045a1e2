/// Which processes are sampled in fewer rounds than others, while the CPU budget does not suffice for all.
///
/// Without it one process of hundreds of interpreters, each with a lock in a page of its own, would have a hundred
/// ordinary ones sampled less often. So what is spent on one is bounded, by as much as is needed, and never to less
/// than an ordinary process costs.
struct SamplingThinning: Sendable {
    /// Ranges of memory that are read of one process in a round, on average.
    private var most = Self.unlimited

    /// What an ordinary process costs.
    private static let least = 2.0
    /// IOV_MAX: no process has more.
    private static let unlimited = 1024.0

    /// The share of the rounds in which a process is sampled.
    ///
    /// - Parameter cost: ranges of memory that a sample reads.
    func share(of cost: Int) -> Double { min(1, most / Double(max(1, cost))) }

    /// Comes some twenty times a second, and after every round where rounds take longer: down within seconds, however few
    /// rounds there are, and up in half a minute.
    ///
    /// - Parameter fulfilled: the rate at which all are sampled, as a share of the one at which they should be.
    mutating func adapt(fulfilled: Double) {
        most = fulfilled < 1 ? max(Self.least, most * min(0.9, max(0.1, fulfilled))) : min(Self.unlimited, most * 1.01)
    }
}
