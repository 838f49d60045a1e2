/// A queue of guesses at passwords with fair turns: sources take turns, and users take turns within a source.
///
/// So a client that guesses at one user's password delays neither other sources nor other users. Guesses of the same
/// source and user cannot be told apart. Every other turn goes to the oldest of them, which bounds the wait; the turns
/// between go to a random one, which gives impatient clients a chance.
struct GuessQueue<Guess> {
    private var sources = Turns<ClientSource, Turns<String, Line>>()
    private(set) var count = 0

    mutating func add(_ guess: Guess, from source: ClientSource, user: String) {
        count += 1
        sources.update(source, default: Turns()) { users in
            users.update(user, default: Line()) { $0.guesses.append(guess) }
        }
    }

    /// Removes the guess whose turn it is.
    mutating func next() -> Guess? {
        let guess = sources.next(until: \.isEmpty) { users in
            users.next(until: \.guesses.isEmpty) { $0.next() }
        }
        guard let guess else { return nil }
        count -= 1
        return guess
    }

    /// Removes and returns all guesses for which `condition` holds.
    mutating func removeAll(where condition: (Guess) -> Bool) -> [Guess] {
        var removed: [Guess] = []
        sources.updateAll(until: \.isEmpty) { users in
            users.updateAll(until: \.guesses.isEmpty) { line in
                removed += line.guesses.filter(condition)
                line.guesses.removeAll(where: condition)
            }
        }
        count -= removed.count
        return removed
    }

    /// Guesses at one user's password from one source, the oldest first.
    private struct Line {
        var guesses: [Guess] = []
        private var isRandomNext = false

        mutating func next() -> Guess {
            defer { isRandomNext.toggle() }
            return guesses.remove(at: isRandomNext ? Int.random(in: guesses.indices) : 0)
        }
    }
}

/// Values that take turns, by name.
private struct Turns<Name: Hashable, Value> {
    private var values: [Name: Value] = [:]
    /// Every name once, in the order of their turns.
    private var order: [Name] = []

    var isEmpty: Bool { order.isEmpty }

    mutating func update(_ name: Name, default fresh: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        if values[name] == nil { order.append(name) }
        change(&values[name, default: fresh()])
    }

    /// Takes from the value whose turn it is, and moves that value to the end, or removes it if it is at its end.
    mutating func next<Result>(until isAtEnd: (Value) -> Bool, _ take: (inout Value) -> Result?) -> Result? {
        guard !order.isEmpty, case let name = order.removeFirst(), var value = values.removeValue(forKey: name) else {
            return nil
        }
        let result = take(&value)
        if !isAtEnd(value) {
            values[name] = value
            order.append(name)
        }
        return result
    }

    mutating func updateAll(until isAtEnd: (Value) -> Bool, _ change: (inout Value) -> Void) {
        for name in order {
            guard var value = values[name] else { continue }
            change(&value)
            values[name] = isAtEnd(value) ? nil : value
        }
        order.removeAll { values[$0] == nil }
    }
}
