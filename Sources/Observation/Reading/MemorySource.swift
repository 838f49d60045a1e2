import Linux

/// What an interpreter is read from: a process's memory, or in tests what stands for it.
protocol MemorySource: Sendable {
    /// The bytes of all ranges, one behind the other. All is read or nothing is.
    func read(_ ranges: [MemoryRange]) throws(ProcessMemoryError) -> [UInt8]
}

extension ProcessMemory: MemorySource {}

extension MemorySource {
    func bytes(_ ranges: [MemoryRange]) throws(ReadingError) -> [UInt8] {
        do {
            return try read(ranges)
        } catch {
            throw ReadingError(error)
        }
    }

    /// The 64-bit words at the given addresses, by one read.
    func words(_ addresses: [UInt64]) throws(ReadingError) -> [UInt64] {
        let bytes = try bytes(addresses.map { MemoryRange($0, count: 8) })
        return addresses.indices.map { bytes.word(at: 8 * $0) }
    }
}

extension [UInt8] {
    /// A 64-bit word in the byte order of the processes that run here, which is little-endian wherever we do.
    func word(at offset: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in (offset..<offset + 8).reversed() { word = word << 8 | UInt64(self[index]) }
        return word
    }

    func halfWord(at offset: Int) -> UInt32 {
        var word: UInt32 = 0
        for index in (offset..<offset + 4).reversed() { word = word << 8 | UInt32(self[index]) }
        return word
    }
}
