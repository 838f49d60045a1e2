/// A member of an Accept header: a media type, or a wildcard for some, and how much it is liked.
struct MediaRange {
    private let type: Substring
    private let subtype: Substring
    private let version: Substring?
    let nameEscaping: NameEscaping?
    /// 0: not at all.
    let weight: Double

    /// Nil for what RFC 9110 does not allow, as the `*/*;q=2` that some Prometheus sent (prometheus/prometheus#13268):
    /// what makes no sense says nothing.
    ///
    /// Of the parameters only `version` and `q` count. `escaping` is satisfied by whatever it says.
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

    /// How closely this range describes the format, from 0 for `*/*` on; nil if it is of something else.
    func specificity(for format: Format) -> Int? {
        guard version == nil || version == format.version[...] else { return nil }
        let versioned = version == nil ? 0 : 1
        if "\(type)/\(subtype)" == format.mediaType { return 4 + versioned }
        if subtype == "*", format.mediaType.hasPrefix("\(type)/") { return 2 + versioned }
        return type == "*" ? versioned : nil
    }
}

extension StringProtocol {
    /// The parts between separators that are not inside a quoted string.
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
