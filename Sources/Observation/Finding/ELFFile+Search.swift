import Glibc

extension ELFFile {
    private static let chunk = 1 << 16

    /// Hands out a range of the file piece by piece, each `overlap` bytes longer than the distance to the next, until
    /// `body` says that it has seen enough. What is beyond the limit is not looked at.
    func scan(_ range: Range<UInt64>, overlap: Int = 0, _ body: (_ offset: UInt64, _ bytes: [UInt8]) -> Bool) {
        let end = range.lowerBound + min(UInt64(range.count), Self.mostSearched)
        var offset = range.lowerBound
        while offset < end {
            let count = Int(min(UInt64(Self.chunk + overlap), end - offset))
            guard let bytes = file.bytes(at: offset, count: count), body(offset, bytes) else { return }
            offset += UInt64(Self.chunk)
        }
    }

    /// Where in the file `needle` stands, at most `limit` times.
    func occurrences(of needle: [UInt8], in range: Range<UInt64>, atMost limit: Int) -> [UInt64] {
        var found: [UInt64] = []
        scan(range, overlap: needle.count - 1) { offset, bytes in
            var start = 0
            while found.count < limit, let place = bytes.firstPlace(of: needle, from: start) {
                found.append(offset + UInt64(place))
                start = place + 1
            }
            return found.count < limit
        }
        return found
    }
}

extension [UInt8] {
    /// By memchr(3), which looks at many bytes at once, for the last byte: names end in a NUL or a point, which is rare,
    /// and begin with an underscore, which is not.
    fileprivate func firstPlace(of needle: [UInt8], from start: Int) -> Int? {
        guard let last = needle.last else { return nil }
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var end = start + needle.count - 1
            while end < bytes.count {
                guard let hit = unsafe memchr(base + end, CInt(last), bytes.count - end) else { return nil }
                end = unsafe UnsafeRawPointer(hit) - base
                let place = end - needle.count + 1
                if unsafe memcmp(base + place, needle, needle.count) == 0 { return place }
                end += 1
            }
            return nil
        }
    }
}
