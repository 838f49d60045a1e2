/// Fair queueing by owner: the processes of the user who has cost least come first. A user who starts programs that are
/// expensive to look into delays only his own.
struct FairQueue {
    /// Nanoseconds of each user. A tenth is forgotten with every scan.
    private var spent: [UInt32: UInt64] = [:]

    /// Users whose cost differs by less than this count as equal: nanoseconds.
    private static let grain: UInt64 = 100_000_000

    /// Orders items by the cost of their owners. Owners of equal cost take turns.
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
        // Most processes take less, and their owners need not be looked up.
        guard time > 1_000_000 else { return }
        spent[owner(item), default: 0] += time
    }
}
