/// The format that a client prefers, with the parameters that its request has for that format.
package struct NegotiatedFormat: Sendable, Hashable {
    package let format: Format
    /// Nil if the client named none, or an unknown one.
    let nameEscaping: NameEscaping?

    /// The format that a client's Accept header prefers, by RFC 9110, section 12.5.1. The text format, which every
    /// client can read, if the header has no preference or accepts neither format.
    ///
    /// - Parameter accept: the value of the header, several joined by commas. Nil without the header.
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
    /// The most specific range that matches this format. If two formats have the same weight, the more specific range
    /// wins.
    fileprivate func match(in ranges: [MediaRange]) -> (range: MediaRange?, weight: Double, specificity: Int) {
        ranges.compactMap { range in
            range.specificity(for: self).map { (range, range.weight, $0) }
        }.max { $0.2 < $1.2 } ?? (nil, 0, 0)
    }
}

/// An exposition format of Prometheus.
package enum Format: CaseIterable, Sendable {
    /// The text format 0.0.4, which every client can read.
    case text
    /// OpenMetrics 1.0.0, which adds units and the info type.
    case openMetrics

    /// The value of the Content-Type header. In Prometheus 3 a scrape without a valid one fails.
    package var contentType: String {
        "\(mediaType); version=\(version); charset=utf-8"
    }

    var mediaType: String {
        switch self {
        case .text: "text/plain"
        case .openMetrics: "application/openmetrics-text"
        }
    }

    var version: String {
        switch self {
        case .text: "0.0.4"
        case .openMetrics: "1.0.0"
        }
    }
}

/// The escaping of names with other characters than letters, digits and underscores: Prometheus 3 requests one in its
/// Accept header, and expects it in the Content-Type of the response.
///
/// All names of this program are plain ASCII, and so the same in every escaping.
enum NameEscaping: String, Sendable, Hashable {
    case allowUTF8 = "allow-utf-8"
    case underscores
    case dots
    case values
}

/// A member of an Accept header: a media type or wildcard, with its weight.
struct MediaRange {
    private let type: Substring
    private let subtype: Substring
    private let version: Substring?
    let nameEscaping: NameEscaping?
    /// 0: not acceptable.
    let weight: Double

    /// Nil for a member that RFC 9110 does not allow, such as the `*/*;q=2` of some versions of Prometheus
    /// (prometheus/prometheus#13268). Such members are ignored.
    ///
    /// Only the parameters `version` and `q` restrict the match. Every `escaping` can be satisfied.
    init?(_ text: some StringProtocol) {
        let parts = text.lowercased().split(outsideQuotesAt: ";").map(\.trimmed)
        guard let essence = parts.first?.split(separator: "/", omittingEmptySubsequences: false), essence.count == 2
        else { return nil }
        (type, subtype) = (essence[0], essence[1])
        guard !type.isEmpty, !subtype.isEmpty, type != "*" || subtype == "*" else { return nil }

        var version: Substring?
        var nameEscaping: NameEscaping?
        var weight = 1.0
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map(\.trimmed)
            guard pair.count == 2 else { continue }
            if pair[0] == "version" { version = pair[1].unquoted }
            if pair[0] == "escaping" { nameEscaping = NameEscaping(rawValue: String(pair[1].unquoted)) }
            if pair[0] == "q" {
                guard let quality = Double(qualityValue: pair[1]) else { return nil }
                weight = quality
            }
        }
        self.version = version
        self.nameEscaping = nameEscaping
        self.weight = weight
    }

    /// How closely this range describes the format: 0 for `*/*`, more for closer ranges, nil for other media types.
    func specificity(for format: Format) -> Int? {
        guard version == nil || version == format.version[...] else { return nil }
        let versioned = version == nil ? 0 : 1
        if "\(type)/\(subtype)" == format.mediaType { return 4 + versioned }
        if subtype == "*", format.mediaType.hasPrefix("\(type)/") { return 2 + versioned }
        return type == "*" ? versioned : nil
    }
}

extension StringProtocol {
    /// The parts between separators outside of quoted strings.
    func split(outsideQuotesAt separator: Character) -> [SubSequence] {
        var quoted = false
        return split { character in
            if character == "\"" { quoted.toggle() }
            return !quoted && character == separator
        }
    }
}

extension Substring {
    fileprivate var unquoted: Substring {
        count >= 2 && first == "\"" && last == "\"" ? dropFirst().dropLast() : self
    }
}

extension Double {
    /// Reads a weight: from 0 to 1, with at most three digits after the point (RFC 9110, section 12.4.2).
    package init?(qualityValue text: Substring) {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") }),
            let value = Double(text), value <= 1
        else { return nil }
        self = value
    }
}

extension Substring {
    /// The text without RFC 9110's optional white space, blanks and tabs, at its ends.
    package var trimmed: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
