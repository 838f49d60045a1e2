import CLinux

extension ELFFile {
    private static let chunk = 1 << 16

    /// Hands out a range of the file piece by piece, each `overlap` bytes longer than the distance to the next, until
    /// `body` says that it has seen enough. How much is looked at in all, the file's budget says.
    func scan(_ range: Range<UInt64>, overlap: Int = 0, _ body: (_ offset: UInt64, _ bytes: [UInt8]) -> Bool) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(UInt64(Self.chunk + overlap), range.upperBound - offset))
            guard let bytes = file.bytes(at: offset, count: count), body(offset, bytes) else { return }
            offset += UInt64(Self.chunk)
        }
    }

    /// Where in the file each of the `needles` stands, at most `limit` times. The range is read once for all of them.
    func occurrences(of needles: [[UInt8]], in range: Range<UInt64>, atMost limit: Int) -> [[UInt64]] {
        var found = needles.map { _ in [UInt64]() }
        let overlap = (needles.map(\.count).max() ?? 1) - 1
        scan(range, overlap: overlap) { offset, bytes in
            for index in needles.indices {
                // What lies wholly in the overlap is the next piece's.
                let most = Self.chunk + needles[index].count - 1
                var start = 0
                while found[index].count < limit,
                    let place = bytes.firstPlace(of: needles[index], from: start, to: most)
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
    /// By memmem(3), whose time does not depend on what else the bytes are: a file may consist of beginnings.
    fileprivate func firstPlace(of needle: [UInt8], from start: Int, to end: Int) -> Int? {
        let size = Swift.min(end, count) - start
        guard size >= needle.count, !needle.isEmpty else { return nil }
        let place = unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe clinux_find(base + start, size, needle, needle.count)
        }
        return place < 0 ? nil : start + place
    }
}
