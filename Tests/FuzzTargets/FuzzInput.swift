/// The bytes of one input, taken from the front. Numbers beyond the end are 0, so that every input has a meaning.
struct FuzzInput {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type = Number.self) -> Number {
        Number(truncatingIfNeeded: word(Number.bitWidth / 8))
    }

    /// Not generic, because generic code is slow unless the compiler specialises it, and every input is read with it.
    private mutating func word(_ size: Int) -> UInt64 {
        var word: UInt64 = 0
        for (index, byte) in rest.prefix(size).enumerated() { word |= UInt64(byte) << (8 * UInt64(index)) }
        rest = rest.dropFirst(size)
        return word
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// The bytes up to the next zero, or to the end.
    mutating func part() -> [UInt8] {
        let part = rest.prefix { $0 != 0 }
        rest = rest[part.endIndex...].dropFirst()
        return Array(part)
    }

    mutating func text() -> String { String(decoding: part(), as: UTF8.self) }

    /// All that is left.
    mutating func all() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    mutating func choice<Element>(_ elements: [Element]) -> Element { elements[Int(byte()) % elements.count] }
}
