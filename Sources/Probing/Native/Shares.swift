/// The countdown, split evenly over the workers; what is left over goes to the first ones.
struct Shares: Sendable, Equatable {
    let iterations: UInt64
    let workers: Int

    subscript(worker: Int) -> UInt64 {
        let even = iterations / UInt64(workers)
        return even + (UInt64(worker) < iterations % UInt64(workers) ? 1 : 0)
    }
}
