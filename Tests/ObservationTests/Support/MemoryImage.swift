import Linux

@testable import Observation

/// Memory that a test writes.
struct MemoryImage: MemorySource {
    /// By their first address.
    var segments: [UInt64: [UInt8]] = [:]

    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        bytes = []
        for range in ranges {
            guard let (start, segment) = segments.first(where: { Self.holds($0.key, $0.value, range) }) else {
                throw .unmapped
            }
            let offset = Int(range.address - start)
            bytes += segment[offset..<offset + range.count]
        }
    }

    private static func holds(_ start: UInt64, _ segment: [UInt8], _ range: MemoryRange) -> Bool {
        range.address >= start && range.count <= segment.count
            && range.address - start <= UInt64(segment.count - range.count)
    }

    subscript(word address: UInt64) -> UInt64 {
        get { (try? words([address]))?[0] ?? 0 }
        set { write(newValue, at: address, bytes: 8) }
    }

    subscript(halfWord address: UInt64) -> UInt32 {
        get { UInt32(truncatingIfNeeded: self[word: address]) }
        set { write(UInt64(newValue), at: address, bytes: 4) }
    }

    private mutating func write(_ value: UInt64, at address: UInt64, bytes: Int) {
        for (start, segment) in segments where Self.holds(start, segment, MemoryRange(address, count: bytes)) {
            for index in 0..<bytes {
                segments[start]?[Int(address - start) + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
            }
        }
    }
}

/// Memory that changes between two reads, as a process's does.
final class ChangingMemory: MemorySource {
    private let content: Protected<Result<MemoryImage, ProcessMemoryError>>
    private let count = Protected(0)

    init(_ image: MemoryImage) { content = Protected(.success(image)) }

    var reads: Int { count.withLock { $0 } }

    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        count.withLock { $0 += 1 }
        try content.withLock { $0 }.get().read(ranges, into: &bytes)
    }

    func become(_ content: Result<MemoryImage, ProcessMemoryError>) { self.content.withLock { $0 = content } }
}

extension MemorySource {
    /// Keeps nothing open.
    func renew() {}
}

extension GILReader {
    /// The current content of each lock.
    mutating func states(in memory: some MemorySource) throws(ReadingError) -> [GILState] {
        try read(memory)
        return states
    }

    /// The thread that holds a lock now or held it last, searched for with the largest budget.
    func holder(of index: Int, in memory: some MemorySource) throws(ReadingError) -> ThreadState? {
        var budget = SearchBudget(.large)
        return try holder(states[index], of: gils[index], memory, within: &budget)
    }
}

extension SynthesisedInterpreter {
    /// The interpreter's process on the sampling thread. It has four threads.
    func sampling(of memory: ChangingMemory) -> SampledProcess<ChangingMemory> {
        let process = location.process
        return SampledProcess(location, memory: memory) { _ in KernelRecord(process, threads: 4) }
    }
}

extension SampledProcess {
    /// Takes one sample, with CPU time for every search and without a limit for the gap.
    mutating func sample(waiterWeight: Double? = nil, clock: () -> UInt64) {
        var searches = SearchLimiter(cpuBudget: 1) { 0 }
        sample(&searches, maxGap: .max, waiterWeight: waiterWeight, clock: clock)
    }
}
