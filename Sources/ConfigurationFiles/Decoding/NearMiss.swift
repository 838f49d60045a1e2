/// The word that somebody probably meant who wrote `written`, if one of `words` is near enough.
///
/// Near is a third of the word's letters at most, so that `gil` is not taken for `pid`.
func nearMiss(_ written: String, among words: [String]) -> String? {
    let folded = fold(written)
    let near = words.compactMap { word -> (word: String, distance: Int)? in
        let limit = max(1, word.count / 3)
        guard abs(folded.count - word.count) <= limit else { return nil }
        let distance = editDistance(folded, fold(word))
        return distance <= limit ? (word, distance) : nil
    }
    return near.min { $0.distance < $1.distance }?.word
}

/// The same word in another style of writing keys is no distance away: `cpuBudget`, `CPU-Budget`, `cpu budget`.
private func fold(_ word: String) -> [Character] {
    word.lowercased().filter { !"_- ".contains($0) }
}

/// Letters to add, remove, replace or swap with their neighbour to get from one word to the other: the optimal
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
