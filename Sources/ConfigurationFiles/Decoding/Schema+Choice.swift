extension Schema where Value: CaseIterable & RawRepresentable<String> {
    /// One word of a fixed set.
    static var choice: Schema {
        let words = Value.allCases.map(\.rawValue)
        let accepted = "one of \(words.joined(separator: ", "))"
        return .scalar(accepted) { (scalar) throws(Unacceptable) in
            if let value = Value(rawValue: scalar.text) { return value }
            let guess = nearMiss(scalar.text, among: words)
            throw Unacceptable(
                "is not known",
                remedy: guess.map { "did you mean \(quoted($0))? write \(accepted)" }
            )
        }
    }
}
