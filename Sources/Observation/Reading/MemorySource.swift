import Linux

/// What an interpreter is read from: a process's memory, or in tests what stands for it.
protocol MemorySource: Sendable {
    /// Replaces `bytes` with those of all ranges, one behind the other. All is read or nothing is, and `bytes` are then
    /// not to be used.
    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError)

    /// Makes sure that the next read is of what the process has for memory then.
    func renew()
}

extension ProcessMemory: MemorySource {}

extension MemorySource {
    func bytes(_ ranges: [MemoryRange]) throws(ReadingError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(ranges, reusing: &bytes)
        return bytes
    }

    /// The same, without new memory when as many bytes were read before.
    func read(_ ranges: [MemoryRange], reusing bytes: inout [UInt8]) throws(ReadingError) {
        do {
            try read(ranges, into: &bytes)
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
    func word(at offset: Int) -> UInt64 { UInt64(littleEndian: load(at: offset)) }

    func halfWord(at offset: Int) -> UInt32 { UInt32(littleEndian: load(at: offset)) }

    private func load<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Word {
        // loadUnaligned looks at bounds in debug builds only.
        precondition(offset >= 0 && offset <= count - MemoryLayout<Word>.size, "a word outside what was read")
        return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: Word.self) }
    }
}
