import Linux

@testable import Observation

/// The memory of a process, from an input: where its interpreter is, and segments of bytes.
///
/// A segment is an address, a length of two bytes and the bytes; with the highest bit of the length set, it is of zeros.
/// A length of 0 ends the segments.
struct FuzzedMemory: MemorySource {
    private static let zeros: UInt16 = 1 << 15
    private static let maxSegments = 256
    /// The bytes that all segments may have together.
    private static let maxBytes = 256 << 10

    private(set) var location: InterpreterLocation
    private var segments: [(start: UInt64, bytes: [UInt8])] = []
    /// What the readings would see now if the process were not there any more.
    var failure: ProcessMemoryError?

    init(_ input: inout FuzzInput) {
        let minor = Int(input.byte() % 16)
        let facts = input.byte()
        let libraries: [CLibrary] = [
            .glibc(major: 2, minor: 36), .glibc(major: 2, minor: 41), .musl, .unreadable,
        ]
        location = InterpreterLocation(
            process: ProcessIdentity(pid: .max, startTime: 1),
            runtime: input.number(),
            version: facts & 1 == 0 ? PythonVersion(major: 3, minor: minor, micro: Int(facts >> 4)) : nil,
            libc: libraries[Int(facts >> 1 & 3)],
            architecture: facts & 8 == 0 ? .amd64 : .arm64
        )
        var left = Self.maxBytes
        while !input.isEmpty, segments.count < Self.maxSegments {
            let start: UInt64 = input.number()
            let length: UInt16 = input.number()
            let count = Int(length & ~Self.zeros)
            guard count > 0, count <= left else { return }
            left -= count
            let bytes = length & Self.zeros == 0 ? input.bytes(count) : [UInt8](repeating: 0, count: count)
            // A neighbour continues a segment, so that a reading may go over the border.
            if let last = segments.indices.last, segments[last].start &+ UInt64(segments[last].bytes.count) == start {
                segments[last].bytes += bytes
            } else {
                segments.append((start, bytes))
            }
        }
    }

    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        if let failure { throw failure }
        bytes = []
        guard ranges.count <= 1024, ranges.reduce(0, { $0 + $1.count }) <= ProcessMemory.maxBytes else {
            throw .tooMuch
        }
        for range in ranges {
            guard let segment = segments.first(where: { Self.holds($0.start, $0.bytes, range) }) else {
                throw .unmapped
            }
            let offset = Int(range.address - segment.start)
            bytes += segment.bytes[offset..<offset + range.count]
        }
    }

    func renew() {}

    private static func holds(_ start: UInt64, _ bytes: [UInt8], _ range: MemoryRange) -> Bool {
        range.address >= start && range.count <= bytes.count
            && range.address - start <= UInt64(bytes.count - range.count)
    }

    /// Replaces a word of a segment.
    mutating func write(_ word: UInt64, segment: Int, offset: Int) {
        guard !segments.isEmpty else { return }
        let index = segment % segments.count
        for byte in 0..<8 where offset + byte < segments[index].bytes.count {
            segments[index].bytes[offset + byte] = UInt8(truncatingIfNeeded: word >> (8 * byte))
        }
    }
}

/// Memory that changes between two readings.
final class ChangingMemory: MemorySource {
    private let content: Protected<FuzzedMemory>

    init(_ memory: FuzzedMemory) { content = Protected(memory) }

    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        try content.withLock { $0 }.read(ranges, into: &bytes)
    }

    func renew() {}

    func become(_ memory: FuzzedMemory) { content.withLock { $0 = memory } }
}
