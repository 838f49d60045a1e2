@testable import Observation

extension GILReader {
    /// What stands in each lock now.
    mutating func states(in memory: some MemorySource) throws(ReadingError) -> [GILState] {
        try read(memory)
        return states
    }
}
