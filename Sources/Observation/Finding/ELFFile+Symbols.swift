extension ELFFile {
    // SHT_SYMTAB, SHT_DYNAMIC, SHT_DYNSYM
    private static let symbolTable: UInt32 = 2
    private static let dynamicTable: UInt32 = 6
    private static let dynamicSymbolTable: UInt32 = 11
    /// Linkers let names share their ends, so a name may also be the end of others.
    private static let mostPlacesOfName = 64

    func section(named name: String) -> Section? {
        sections.first { $0.name == name }
    }

    /// The value of a symbol that this file defines: of those it exports, else of all that were left in it.
    func symbol(_ name: String) -> UInt64? {
        for type in [Self.dynamicSymbolTable, Self.symbolTable] {
            for table in sections where table.type == type {
                if let value = symbol(name, in: table) { return value }
            }
        }
        return nil
    }

    /// Looks for the name first, which most files do not have, and only then for the symbol that has it.
    private func symbol(_ name: String, in table: Section) -> UInt64? {
        guard sections.indices.contains(table.link) else { return nil }
        let names = sections[table.link].content
        let places = occurrences(of: Array(name.utf8) + [0], in: names, atMost: Self.mostPlacesOfName)
            .map { UInt32(truncatingIfNeeded: $0 - names.lowerBound) }
        guard !places.isEmpty else { return nil }
        var value: UInt64?
        scan(table.content, overlap: Self.overhang) { offset, bytes in
            // Chunks are no multiple of an entry: 24 bytes.
            let skipped = Int((24 - (offset - table.content.lowerBound) % 24) % 24)
            for place in stride(from: skipped, through: bytes.count - 24, by: 24) {
                guard let name: UInt32 = bytes.number(at: place), places.contains(name),
                    // SHN_UNDEF: defined elsewhere; from SHN_LORESERVE on: no section's.
                    let section: UInt16 = bytes.number(at: place + 6), (1..<0xff00).contains(section),
                    let found: UInt64 = bytes.number(at: place + 8), found > 0
                else { continue }
                value = found
                return false
            }
            return true
        }
        return value
    }

    private static let overhang = 23

    /// What a library calls itself: `DT_SONAME`.
    var soname: String? {
        guard let table = sections.first(where: { $0.type == Self.dynamicTable }),
            sections.indices.contains(table.link)
        else { return nil }
        let names = sections[table.link].content
        var soname: String?
        scan(table.content) { _, bytes in
            for place in stride(from: 0, through: bytes.count - 16, by: 16)
            where bytes.number(at: place, as: UInt64.self) == 14 {
                guard let start: UInt64 = bytes.number(at: place + 8), start < names.count else { return false }
                let count = min(64, names.count - Int(start))
                soname = file.bytes(at: names.lowerBound + start, count: count)?
                    .text(at: 0).map { String(decoding: $0, as: UTF8.self) }
                return false
            }
            return true
        }
        return soname
    }
}
