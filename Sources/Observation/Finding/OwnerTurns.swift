/// Whose processes are looked into first: theirs on which the least time was spent. So a user who starts programs that
/// are dear to look into delays his own.
struct OwnerTurns {
    /// Nanoseconds, of which a tenth is forgotten with every scan.
    private var spent: [UInt32: UInt64] = [:]

    /// What users may cost before they are put behind those who cost less: nanoseconds.
    private static let grain: UInt64 = 100_000_000

    /// Of owners who cost as much, the first of each come before the second of any.
    mutating func ordered<Item>(_ items: [Item], by owner: (Item) -> UInt32) -> [Item] {
        spent = spent.compactMapValues { $0 > 1_000_000 ? $0 / 10 * 9 : nil }
        var counts: [UInt32: Int] = [:]
        let keyed = items.enumerated().map { place, item in
            let owner = owner(item)
            let turn = counts[owner, default: 0]
            counts[owner] = turn + 1
            return (item: item, spent: (spent[owner] ?? 0) / Self.grain, turn: turn, place: place)
        }
        return keyed.sorted { ($0.spent, $0.turn, $0.place) < ($1.spent, $1.turn, $1.place) }.map(\.item)
    }

    mutating func charge<Item>(_ time: UInt64, to item: Item, by owner: (Item) -> UInt32) {
        // Most are looked into in less, and need not be known by their owner.
        guard time > 1_000_000 else { return }
        spent[owner(item), default: 0] += time
    }
}
