/// The word of `words` that `written` is probably a misspelling of, if any.
///
/// Up to a third of the word's letters may differ, so `gil` is not taken for `pid`.
package func nearMiss(_ written: String, among words: some Sequence<String>) -> String? {
    let folded = fold(written)
    let near = words.compactMap { word -> (word: String, distance: Int)? in
        let limit = max(1, word.count / 3)
        guard abs(folded.count - word.count) <= limit else { return nil }
        let distance = editDistance(folded, fold(word))
        return distance <= limit ? (word, distance) : nil
    }
    return near.min { $0.distance < $1.distance }?.word
}

/// The word without its style, so that `cpuBudget`, `CPU-Budget` and `cpu budget` equal `cpu_budget`.
private func fold(_ word: String) -> [Character] {
    word.lowercased().filter { !"_- ".contains($0) }
}

/// The number of letters to add, remove, replace or swap with a neighbour to turn one word into the other: the optimal
/// string alignment distance.
private func editDistance(_ one: [Character], _ other: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for (row, letter) in one.enumerated() {
        var current = [row + 1]
        for (column, otherLetter) in other.enumerated() {
            var distance = min(last[column + 1], current[column]) + 1
            distance = min(distance, last[column] + (letter == otherLetter ? 0 : 1))
            if row > 0, column > 0, letter == other[column - 1], one[row - 1] == otherLetter {
                distance = min(distance, beforeLast[column - 1] + 1)
            }
            current.append(distance)
        }
        beforeLast = last
        last = current
    }
    return last[other.count]
}
