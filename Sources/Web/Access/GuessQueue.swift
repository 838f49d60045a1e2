/// Those who wait for their password to be checked, in fair turns: sources take turns, and for each source the users
/// that are named.
///
/// So who guesses at one user's password from one place makes nobody wait who comes from another place or has another
/// name. Among those who cannot be told apart, every other turn is the oldest's, which bounds the wait, and every other
/// is anyone's, which gives who does not wait that long a chance.
struct GuessQueue<Guess> {
    private var sources = Turns<ClientSource, Turns<String, Line>>()
    private(set) var count = 0

    mutating func add(_ guess: Guess, from source: ClientSource, user: String) {
        count += 1
        sources.update(source, default: Turns()) { users in
            users.update(user, default: Line()) { $0.guesses.append(guess) }
        }
    }

    /// Whose turn it is, if somebody waits.
    mutating func next() -> Guess? {
        let guess = sources.next(until: \.isEmpty) { users in
            users.next(until: \.guesses.isEmpty) { $0.next() }
        }
        guard let guess else { return nil }
        count -= 1
        return guess
    }

    /// Takes out all for whom `condition` holds.
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
        private var isAnyones = false

        mutating func next() -> Guess {
            defer { isAnyones.toggle() }
            return guesses.remove(at: isAnyones ? Int.random(in: guesses.indices) : 0)
        }
    }
}

/// Values that take turns, by name.
private struct Turns<Name: Hashable, Value> {
    private var values: [Name: Value] = [:]
    /// Every name once, from whose turn it is next.
    private var order: [Name] = []

    var isEmpty: Bool { order.isEmpty }

    mutating func update(_ name: Name, default fresh: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        if values[name] == nil { order.append(name) }
        change(&values[name, default: fresh()])
    }

    /// Gives the one whose turn it is that, and the last place in the next; or none, where it is at its end.
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
