import Synchronization

extension Atomic where Value == Double {
    /// Replaces the value by what `next` makes of it, however many threads do so at once.
    ///
    /// Relaxed: a sample is a number by itself, and nothing else is read on the strength of it.
    func update(_ next: (Double) -> Double) {
        var current = load(ordering: .relaxed)
        while true {
            let (exchanged, original) = weakCompareExchange(
                expected: current,
                desired: next(current),
                ordering: .relaxed
            )
            if exchanged { return }
            current = original
        }
    }
}
