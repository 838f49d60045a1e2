import Linux

/// A 64-bit little-endian program or library, elf(5), for an architecture on which interpreters are observed.
///
/// The file is untrusted: every number in it is checked against the file's size and a limit before it is used.
struct ELFFile: Sendable {
    /// A part of the file that the loader maps into memory: `PT_LOAD`.
    struct Segment: Equatable, Sendable {
        let offset: UInt64
        let address: UInt64
        let sizeInFile: UInt64
        let isExecutable: Bool
    }

    struct Section: Equatable, Sendable {
        let name: String
        let type: UInt32
        let address: UInt64
        /// The range of its content in the file; empty if it has none there.
        let content: Range<UInt64>
        /// The index of the section that it refers to; for a symbol table, the section with the names.
        let link: Int
    }

    /// The part of a file that is malformed or unsupported.
    struct Malformation: Error, Equatable {
        let part: String

        init(_ part: String) { self.part = part }

        /// Whether the file is well-formed so far, but for another architecture or word size.
        var isForeign: Bool { ["class", "machine"].contains(part) }
    }

    /// Real ones have about a dozen program headers and forty sections.
    private static let maxSegments = 128
    private static let maxSections = 4096
    private static let maxSectionNameBytes = 1 << 20

    /// Whether the file is position-dependent: it is loaded at the addresses that it states, so its load bias is 0.
    let isFixed: Bool
    let architecture: Architecture
    let segments: [Segment]
    let sections: [Section]
    let file: ImageFile

    init(_ file: ImageFile) throws(Malformation) {
        guard let header = file.bytes(at: 0, count: 64), header.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
            throw Malformation("magic number")
        }
        // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
        guard header[4...6].elementsEqual([2, 1, 1]) else { throw Malformation("class") }
        let type: UInt16? = header.number(at: 16)
        // ET_EXEC, ET_DYN
        guard let type, [2, 3].contains(type) else { throw Malformation("type") }
        guard let number: UInt16 = header.number(at: 18), let architecture = Architecture(rawValue: number)
        else {
            throw Malformation("machine")
        }
        let segments = try Self.segments(header, file)
        let sections = try Self.sections(header, file)
        isFixed = type == 2
        self.architecture = architecture
        self.segments = segments
        self.sections = sections
        self.file = file
    }

    private static func segments(
        _ header: [UInt8],
        _ file: ImageFile
    ) throws(Malformation) -> [Segment] {
        guard let offset: UInt64 = header.number(at: 32), let size: UInt16 = header.number(at: 54), size == 56,
            let count: UInt16 = header.number(at: 56), (1...maxSegments).contains(Int(count)),
            let table = file.bytes(at: offset, count: Int(count) * 56)
        else { throw Malformation("program headers") }
        return stride(from: 0, to: table.count, by: 56).compactMap { place in
            let entry = table[place..<place + 56]
            // PT_LOAD; PF_X is the lowest flag.
            guard entry.number(at: 0, as: UInt32.self) == 1, let flags: UInt32 = entry.number(at: 4),
                let offset: UInt64 = entry.number(at: 8), let address: UInt64 = entry.number(at: 16),
                let sizeInFile: UInt64 = entry.number(at: 32)
            else { return nil }
            return Segment(offset: offset, address: address, sizeInFile: sizeInFile, isExecutable: flags & 1 != 0)
        }
    }

    private static func sections(
        _ header: [UInt8],
        _ file: ImageFile
    ) throws(Malformation) -> [Section] {
        guard let offset: UInt64 = header.number(at: 40), let size: UInt16 = header.number(at: 58),
            let count: UInt16 = header.number(at: 60), let namesIndex: UInt16 = header.number(at: 62)
        else { throw Malformation("section headers") }
        // Section headers can be stripped. Nothing can be looked up in such a file.
        guard count > 0 else { return [] }
        guard size == 64, count <= maxSections, namesIndex < count,
            let table = file.bytes(at: offset, count: Int(count) * 64)
        else { throw Malformation("section headers") }
        let entries = stride(from: 0, to: table.count, by: 64).map { table[$0..<$0 + 64] }
        guard let namesRange = content(of: entries[Int(namesIndex)], in: file),
            namesRange.count <= maxSectionNameBytes,
            let names = file.bytes(at: namesRange.lowerBound, count: namesRange.count)
        else { throw Malformation("section names") }
        return entries.map { entry in
            // All names that are looked up are shorter.
            let name = entry.number(at: 0, as: UInt32.self).flatMap { names.text(at: Int($0), atMost: 32) } ?? []
            return Section(
                name: String(decoding: name, as: UTF8.self),
                type: entry.number(at: 4) ?? 0,
                address: entry.number(at: 16) ?? 0,
                content: content(of: entry, in: file) ?? 0..<0,
                link: Int(entry.number(at: 40, as: UInt32.self) ?? 0)
            )
        }
    }

    private static func content(of entry: ArraySlice<UInt8>, in file: ImageFile) -> Range<UInt64>? {
        // SHT_NOBITS has a size but no content.
        guard entry.number(at: 4, as: UInt32.self) != 8, let offset: UInt64 = entry.number(at: 24),
            let size: UInt64 = entry.number(at: 32), offset <= file.size, size <= file.size - offset
        else { return nil }
        return offset..<offset + size
    }

    /// The bytes that the file has for an address at which it is loaded.
    func bytes(atAddress address: UInt64, count: Int) -> [UInt8]? {
        for segment in segments where address >= segment.address {
            let distance = address - segment.address
            guard distance < segment.sizeInFile, UInt64(count) <= segment.sizeInFile - distance else { continue }
            let (offset, overflow) = segment.offset.addingReportingOverflow(distance)
            return overflow ? nil : file.bytes(at: offset, count: count)
        }
        return nil
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// The little-endian number that begins `offset` bytes from the start; nil if it exceeds the end.
    func number<Number: FixedWidthInteger & UnsignedInteger>(at offset: Int, as type: Number.Type = Number.self)
        -> Number?
    {
        let size = Number.bitWidth / 8
        guard offset >= 0, offset <= count - size else { return nil }
        var number: Number = 0
        for index in (0..<size).reversed() {
            number = number << 8 | Number(self[startIndex + offset + index])
        }
        return number
    }

    /// The bytes from `offset` up to the next NUL; nil without a NUL among the next `limit`.
    func text(at offset: Int, atMost limit: Int) -> SubSequence? {
        guard offset >= 0, offset < count else { return nil }
        let rest = self[(startIndex + offset)...].prefix(limit)
        return rest.firstIndex(of: 0).map { rest[..<$0] }
    }
}
