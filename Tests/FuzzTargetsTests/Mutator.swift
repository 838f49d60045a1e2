import TestSupport

/// Makes inputs of others, the same in each run: a few changes of the kinds that libFuzzer makes.
struct Mutator {
    private let corpus: [[UInt8]]
    private let maxLength: Int
    private var random: SeededGenerator

    /// Numbers at the borders of their types, which are often where code goes wrong.
    private static let borders: [UInt64] = [
        0, 1, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 53, .max >> 1,
        1 << 63, .max,
    ]

    init(_ corpus: [[UInt8]], maxLength: Int, seed: UInt64) {
        self.corpus = corpus
        self.maxLength = maxLength
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> [UInt8] {
        var input = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) { change(&input) }
        return Array(input.prefix(maxLength))
    }

    private mutating func change(_ input: inout [UInt8]) {
        let place = Int.random(in: 0...input.count, using: &random)
        let end = min(input.count, place + Int.random(in: 0...32, using: &random))
        switch Int.random(in: 0..<7, using: &random) {
        case 0: input.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 1: input.removeSubrange(place..<end)
        case 2: input.insert(contentsOf: input[place..<end], at: Int.random(in: 0...input.count, using: &random))
        case 3: input = Array(input[..<place])
        case 4:
            guard place < input.count else { return }
            input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 5:
            let number = Self.borders.randomElement(using: &random) ?? 0
            let size = [1, 2, 4, 8].randomElement(using: &random) ?? 1
            for offset in 0..<size where place + offset < input.count {
                input[place + offset] = UInt8(truncatingIfNeeded: number >> (8 * offset))
            }
        default:
            let other = corpus.randomElement(using: &random) ?? []
            let start = Int.random(in: 0...other.count, using: &random)
            input.replaceSubrange(place..<end, with: other[start..<min(other.count, start + 64)])
        }
    }
}
