@testable import Observation

extension GILReader {
    /// What stands in each lock now.
    mutating func states(in memory: some MemorySource) throws(ReadingError) -> [GILState] {
        try read(memory)
        return states
    }

    /// The thread that holds a lock now, or held it last, whatever it takes to find it.
    func holder(of index: Int, in memory: some MemorySource) throws(ReadingError) -> ThreadState? {
        var allowance = SearchAllowance.largest
        return try holder(states[index], of: gils[index], memory, within: &allowance)
    }
}
