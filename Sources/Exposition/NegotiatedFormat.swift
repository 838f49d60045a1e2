/// The format that suits a client best, and what else it has said of it.
package struct NegotiatedFormat: Sendable, Hashable {
    package let format: Format
    /// Nil where the client has not named one that is known.
    package let nameEscaping: NameEscaping?

    /// The format that a client's Accept header likes best, by RFC 9110, section 12.5.1; the text format where it
    /// leaves the choice, or where nothing fits: it is what every client can read.
    ///
    /// - Parameter accept: the header's value, several of them joined by commas; nil without one.
    package init(accept: String?) {
        let ranges = (accept ?? "").split(outsideQuotesAt: ",").compactMap { MediaRange($0) }
        var choice = Format.text
        var match = choice.match(in: ranges)
        for format in Format.allCases {
            let other = format.match(in: ranges)
            if other.weight > 0, (other.weight, other.specificity) > (match.weight, match.specificity) {
                (choice, match) = (format, other)
            }
        }
        format = choice
        nameEscaping = match.range?.nameEscaping
    }

    /// The value of the Content-Type header.
    package var contentType: String {
        format.contentType + (nameEscaping.map { "; escaping=\($0.rawValue)" } ?? "")
    }
}

extension Format {
    /// The most specific range of this format: of two formats with the same weight the one that was asked for by name
    /// is meant.
    fileprivate func match(in ranges: [MediaRange]) -> (range: MediaRange?, weight: Double, specificity: Int) {
        ranges.compactMap { range in
            range.specificity(for: self).map { (range, range.weight, $0) }
        }.max { $0.2 < $1.2 } ?? (nil, 0, 0)
    }
}
