extension RandomAccessCollection<UInt8> where Index == Int {
    /// The little-endian number that begins `offset` bytes from the start; nil where there are too few bytes.
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

    /// The bytes from `offset` up to the next NUL; nil where there is none.
    func text(at offset: Int) -> SubSequence? {
        guard offset >= 0, offset < count else { return nil }
        let rest = self[(startIndex + offset)...]
        return rest.firstIndex(of: 0).map { rest[..<$0] }
    }
}
