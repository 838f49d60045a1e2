import Linux

/// A 64-bit little-endian program or library as elf(5) describes it, for the processors that interpreters are observed
/// on. The file is untrusted: no number in it is used before it is known to lie inside the file and below a limit.
struct ELFFile: Sendable {
    /// A part of the file that is loaded into memory: `PT_LOAD`.
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
        /// Where its content stands in the file; empty where it has none there.
        let content: Range<UInt64>
        /// The section that it refers to, a symbol table to its names.
        let link: Int
    }

    /// What is wrong with a file.
    struct Malformation: Error, Equatable {
        let part: String

        init(_ part: String) { self.part = part }

        /// Nothing is wrong with it but that it is for other processors, or for another word size.
        var isForeign: Bool { ["class", "machine"].contains(part) }
    }

    /// Real ones have about a dozen program headers and forty sections.
    private static let mostSegments = 128
    private static let mostSections = 4096
    private static let longestSectionNames = 1 << 20

    /// Fixed-position: it is loaded where it says, so that its load bias is 0.
    let isFixed: Bool
    let machine: Machine
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
        guard let number: UInt16 = header.number(at: 18), let machine = Machine(rawValue: number) else {
            throw Malformation("machine")
        }
        let segments = try Self.segments(header, file)
        let sections = try Self.sections(header, file)
        isFixed = type == 2
        self.machine = machine
        self.segments = segments
        self.sections = sections
        self.file = file
    }

    private static func segments(
        _ header: [UInt8],
        _ file: ImageFile
    ) throws(Malformation) -> [Segment] {
        guard let offset: UInt64 = header.number(at: 32), let size: UInt16 = header.number(at: 54), size == 56,
            let count: UInt16 = header.number(at: 56), (1...mostSegments).contains(Int(count)),
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
        // A file may have been stripped of them; it then says nothing that we understand.
        guard count > 0 else { return [] }
        guard size == 64, count <= mostSections, namesIndex < count,
            let table = file.bytes(at: offset, count: Int(count) * 64)
        else { throw Malformation("section headers") }
        let entries = stride(from: 0, to: table.count, by: 64).map { table[$0..<$0 + 64] }
        guard let namesRange = content(of: entries[Int(namesIndex)], in: file),
            namesRange.count <= longestSectionNames,
            let names = file.bytes(at: namesRange.lowerBound, count: namesRange.count)
        else { throw Malformation("section names") }
        return entries.map { entry in
            let name = entry.number(at: 0, as: UInt32.self).flatMap { names.text(at: Int($0)) } ?? []
            return Section(
                // Names that mean something here are short.
                name: String(decoding: name.prefix(32), as: UTF8.self),
                type: entry.number(at: 4) ?? 0,
                address: entry.number(at: 16) ?? 0,
                content: content(of: entry, in: file) ?? 0..<0,
                link: Int(entry.number(at: 40, as: UInt32.self) ?? 0)
            )
        }
    }

    private static func content(of entry: ArraySlice<UInt8>, in file: ImageFile) -> Range<UInt64>? {
        // SHT_NOBITS has a size and no content.
        guard entry.number(at: 4, as: UInt32.self) != 8, let offset: UInt64 = entry.number(at: 24),
            let size: UInt64 = entry.number(at: 32), offset <= file.size, size <= file.size - offset
        else { return nil }
        return offset..<offset + size
    }

    /// The bytes that are loaded at an address, from the file.
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
