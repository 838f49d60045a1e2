@testable import Observation

extension SampledProcess {
    /// One sample, with CPU for every search, and whenever the one before was.
    mutating func sample(clock: () -> UInt64) {
        var searches = SearchBudget(budget: 1) { 0 }
        sample(&searches, longestGap: .max, clock: clock)
    }
}

extension MemorySource {
    /// Nothing is kept open.
    func renew() {}
}
