extension Format {
    /// The format that a client's Accept header likes best, by RFC 9110, section 12.5.1; the text format where it
    /// leaves the choice, or where nothing fits: it is what every client can read.
    ///
    /// - Parameter accept: the header's value, several of them joined by commas; nil without one.
    package static func negotiate(accept: String?) -> Format {
        let ranges = (accept ?? "").split(outsideQuotesAt: ",").compactMap { MediaRange($0) }
        var choice = Format.text
        var liking = choice.liking(in: ranges)
        for format in allCases {
            let other = format.liking(in: ranges)
            if other.weight > 0, other > liking { (choice, liking) = (format, other) }
        }
        return choice
    }

    /// The weight that the most specific range gives this format, and that range's specificity: of two formats with
    /// the same weight the one that was asked for by name is meant.
    private func liking(in ranges: [MediaRange]) -> (weight: Double, specificity: Int) {
        ranges.compactMap { range in
            range.specificity(for: self).map { (range.weight, $0) }
        }.max { $0.1 < $1.1 } ?? (0, 0)
    }
}
