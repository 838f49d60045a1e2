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

    /// The values of symbols that this file defines: of those it exports, else of all that were left in it.
    ///
    /// "An object file may have only one section of each type", says the gABI of symbol tables: of more the first counts.
    func symbols(_ names: [String]) -> [String: UInt64] {
        var values: [String: UInt64] = [:]
        for type in [Self.dynamicSymbolTable, Self.symbolTable] {
            let missing = names.filter { values[$0] == nil }
            guard !missing.isEmpty, let table = sections.first(where: { $0.type == type }) else { continue }
            values.merge(symbols(missing, in: table)) { known, _ in known }
        }
        return values
    }

    func symbol(_ name: String) -> UInt64? { symbols([name])[name] }

    /// Looks for the names first, which most files do not have, and only then for the symbols that have them.
    private func symbols(_ names: [String], in table: Section) -> [String: UInt64] {
        guard sections.indices.contains(table.link) else { return [:] }
        let strings = sections[table.link].content
        let found = occurrences(
            of: names.map { Array($0.utf8) + [0] },
            in: strings,
            atMost: Self.mostPlacesOfName
        )
        var wanted: [UInt32: String] = [:]
        for (name, places) in zip(names, found) {
            for place in places { wanted[UInt32(truncatingIfNeeded: place - strings.lowerBound)] = name }
        }
        guard let lowest = wanted.keys.min(), let highest = wanted.keys.max() else { return [:] }
        let count = Set(wanted.values).count
        var values: [String: UInt64] = [:]
        scan(table.content, overlap: Self.overhang) { offset, bytes in
            // Chunks are no multiple of an entry: 24 bytes.
            let skipped = Int((24 - (offset - table.content.lowerBound) % 24) % 24)
            unsafe bytes.withUnsafeBytes { raw in
                for place in stride(from: skipped, through: raw.count - 24, by: 24) {
                    let number = unsafe UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                    guard lowest <= number, number <= highest, let name = wanted[number], values[name] == nil,
                        // SHN_UNDEF: defined elsewhere; from SHN_LORESERVE on: no section's.
                        let section: UInt16 = bytes.number(at: place + 6), (1..<0xff00).contains(section),
                        let value: UInt64 = bytes.number(at: place + 8), value > 0
                    else { continue }
                    values[name] = value
                }
            }
            return values.count < count
        }
        return values
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
