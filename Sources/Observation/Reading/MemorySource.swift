import Linux

/// The memory that an interpreter is read from: a process's, or a test's.
protocol MemorySource: Sendable {
    /// Replaces `bytes` with the bytes of all ranges, one behind the other. If it throws, `bytes` are undefined.
    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError)

    /// Makes sure that the next read sees the memory that the process has then.
    func renew()
}

extension ProcessMemory: MemorySource {}

extension MemorySource {
    func bytes(_ ranges: [MemoryRange]) throws(ReadingError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(ranges, reusing: &bytes)
        return bytes
    }

    /// Reads into `bytes`, which is not reallocated if as many bytes were read before.
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
    /// A 64-bit word in the byte order of the observed processes, which is little-endian on both architectures.
    func word(at offset: Int) -> UInt64 { UInt64(littleEndian: load(at: offset)) }

    func halfWord(at offset: Int) -> UInt32 { UInt32(littleEndian: load(at: offset)) }

    private func load<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Word {
        // loadUnaligned checks bounds in debug builds only.
        precondition(offset >= 0 && offset <= count - MemoryLayout<Word>.size, "a word outside what was read")
        return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: Word.self) }
    }
}

/// Ranges of a process's memory, joined into fewer: neighbours are read as one range, with the bytes between them.
///
/// The kernel looks up and pins the pages of each range, which costs more than copying the bytes between two fields of one
/// structure.
struct JoinedRanges: Sendable {
    /// The ranges to read, in order of address.
    let ranges: [MemoryRange]
    /// The offset of each requested range in the bytes that are read.
    let offsets: [Int]

    /// Copying so many bytes costs about as much as looking up a page. The limit is less than a page, so everything
    /// between two mapped ranges is mapped.
    static let maxGap: UInt64 = 1024

    init(_ wanted: [MemoryRange]) {
        var joined: [MemoryRange] = []
        var offsets = [Int](repeating: 0, count: wanted.count)
        var start = 0
        for index in wanted.indices.sorted(by: { wanted[$0].address < wanted[$1].address }) {
            let range = wanted[index]
            if let last = joined.last, let gap = Self.gap(last, range), gap <= Self.maxGap {
                offsets[index] = start + Int(range.address - last.address)
                joined[joined.count - 1] = MemoryRange(
                    last.address,
                    count: max(last.count, Int(range.address - last.address) + range.count)
                )
            } else {
                start += joined.last?.count ?? 0
                offsets[index] = start
                joined.append(range)
            }
        }
        (ranges, self.offsets) = (joined, offsets)
    }

    /// Bytes from the end of one range to the beginning of the next, 0 if they touch or overlap; nil if a range would exceed
    /// the address space.
    private static func gap(_ first: MemoryRange, _ second: MemoryRange) -> UInt64? {
        let (end, overflow) = first.address.addingReportingOverflow(UInt64(first.count))
        guard !overflow, second.address <= .max - UInt64(second.count) else { return nil }
        return second.address > end ? second.address - end : 0
    }
}

/// Why an interpreter could not be read this time.
enum ReadingError: Error, Equatable {
    /// The process has ended.
    case gone
    /// The runtime has no interpreter: it has not started, has ended, or is shutting down.
    case noInterpreter
    /// The data contradict each other: they changed meanwhile, or are not an interpreter's.
    case inconsistent
    /// The data contradict the kernel's data on the process, or their own past.
    case impossible
    /// The search spent its budget before it found everything.
    case exhausted
    /// A search is needed, but others come first; or this program lacks a descriptor or memory.
    case postponed
    /// The process cannot be observed.
    case unobservable(UnobservableReason)

    init(_ error: ProcessMemoryError) {
        switch error {
        case .gone: self = .gone
        case .permission: self = .unobservable(.permission)
        case .refused: self = .unobservable(.syscall)
        case .noDescriptor: self = .postponed
        case .system(let error) where error.isShortage: self = .postponed
        case .unmapped, .tooMuch, .system: self = .inconsistent
        }
    }
}
