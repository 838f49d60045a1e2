import CLinux

extension ELFFile {
    // SHT_SYMTAB, SHT_DYNAMIC, SHT_DYNSYM
    private static let symbolTable: UInt32 = 2
    private static let dynamicTable: UInt32 = 6
    private static let dynamicSymbolTable: UInt32 = 11
    /// Linkers let names share their ends, so a name may also be the end of other names.
    private static let maxOccurrencesOfName = 64
    private static let symbolSize = 24

    func section(named name: String) -> Section? {
        sections.first { $0.name == name }
    }

    /// The values of symbols that this file defines: of exported symbols first, then of all symbols left in the file.
    ///
    /// The gABI says of symbol tables: "An object file may have only one section of each type." The first one counts.
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

    /// Searches for the names first, because most files do not have them, and only then for their symbols.
    private func symbols(_ names: [String], in table: Section) -> [String: UInt64] {
        guard sections.indices.contains(table.link) else { return [:] }
        let strings = sections[table.link].content
        let found = occurrences(
            of: names.map { Array($0.utf8) + [0] },
            in: strings,
            max: Self.maxOccurrencesOfName
        )
        var wanted: [UInt32: String] = [:]
        for (name, places) in zip(names, found) {
            for place in places { wanted[UInt32(truncatingIfNeeded: place - strings.lowerBound)] = name }
        }
        guard let lowest = wanted.keys.min(), let highest = wanted.keys.max() else { return [:] }
        let count = Set(wanted.values).count
        var values: [String: UInt64] = [:]
        scan(table.content, overlap: Self.symbolSize - 1) { offset, bytes in
            // The size of a chunk is not a multiple of the size of a symbol.
            let size = UInt64(Self.symbolSize)
            let skipped = Int((size - (offset - table.content.lowerBound) % size) % size)
            unsafe bytes.withUnsafeBytes { raw in
                for place in stride(from: skipped, through: raw.count - Self.symbolSize, by: Self.symbolSize) {
                    let number = unsafe UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                    guard lowest <= number, number <= highest, let name = wanted[number], values[name] == nil,
                        // SHN_UNDEF marks an undefined symbol; from SHN_LORESERVE on, it belongs to no section.
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

    /// The name that a library states for itself: `DT_SONAME`.
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
                    .text(at: 0, atMost: count).map { String(decoding: $0, as: UTF8.self) }
                return false
            }
            return true
        }
        return soname
    }

    private static let chunkSize = 1 << 16

    /// Passes a range of the file to `body` in chunks, until `body` returns false or the file's budget is spent. Each
    /// chunk overlaps the next one by `overlap` bytes.
    func scan(_ range: Range<UInt64>, overlap: Int = 0, _ body: (_ offset: UInt64, _ bytes: [UInt8]) -> Bool) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(UInt64(Self.chunkSize + overlap), range.upperBound - offset))
            guard let bytes = file.bytes(at: offset, count: count), body(offset, bytes) else { return }
            offset += UInt64(Self.chunkSize)
        }
    }

    /// The offsets in the file of each of the `needles`, at most `limit` of each. The range is read once for all.
    func occurrences(of needles: [[UInt8]], in range: Range<UInt64>, max limit: Int) -> [[UInt64]] {
        var found = needles.map { _ in [UInt64]() }
        let overlap = (needles.map(\.count).max() ?? 1) - 1
        scan(range, overlap: overlap) { offset, bytes in
            for index in needles.indices {
                // A match that begins in the overlap belongs to the next chunk.
                let end = Self.chunkSize + needles[index].count - 1
                var start = 0
                while found[index].count < limit,
                    let place = bytes.firstOffset(of: needles[index], from: start, to: end)
                {
                    found[index].append(offset + UInt64(place))
                    start = place + 1
                }
            }
            return found.contains { $0.count < limit }
        }
        return found
    }
}

extension [UInt8] {
    /// Uses memmem(3), which takes linear time even on a file that consists of beginnings of the needle.
    fileprivate func firstOffset(of needle: [UInt8], from start: Int, to end: Int) -> Int? {
        let size = Swift.min(end, count) - start
        guard size >= needle.count, !needle.isEmpty else { return nil }
        let place = unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe clinux_find(base + start, size, needle, needle.count)
        }
        return place < 0 ? nil : start + place
    }
}
