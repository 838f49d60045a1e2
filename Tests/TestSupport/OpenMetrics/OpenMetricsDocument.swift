/// A whole exposition, parsed strictly: one broken rule makes all of it invalid, as the specification requires.
package struct OpenMetricsDocument {
    package private(set) var families: [OpenMetricsFamily] = []

    package init(_ bytes: [UInt8]) throws(OpenMetricsViolation) {
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.first != "\u{FEFF}" else {
            throw .encoding
        }
        // By scalars: to Swift, a carriage return and a line feed are one character.
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Substring.init)
        guard lines.popLast() == "", !lines.isEmpty, !lines.contains(where: { $0.unicodeScalars.last == "\r" }) else {
            throw .encoding
        }
        guard try OpenMetricsLine(lines.removeLast()) == .eof else { throw .eof }

        for line in lines {
            switch try OpenMetricsLine(line) {
            case .type(let name, let type):
                families.append(OpenMetricsFamily(name: name, type: type))
            case .unit(let name, let unit):
                try amendFamily(name) { family throws(OpenMetricsViolation) in try family.setUnit(unit) }
            case .help(let name, let help):
                try amendFamily(name) { family throws(OpenMetricsViolation) in try family.setHelp(help) }
            case .sample(let sample):
                try amendFamily(nil) { family throws(OpenMetricsViolation) in try family.append(sample) }
            case .eof:
                throw .eof
            }
        }
        guard Set(families.map(\.name)).count == families.count else { throw .familyTwice }
        let names = families.flatMap(\.possibleNames)
        guard Set(names).count == names.count else { throw .nameClash }
        for family in families { try family.check() }
    }

    package subscript(family: String) -> OpenMetricsFamily? {
        families.first { $0.name == family }
    }

    /// Metadata and samples belong to the family of the last TYPE line; metadata must also name that family.
    private mutating func amendFamily(
        _ name: String?,
        _ amend: (inout OpenMetricsFamily) throws(OpenMetricsViolation) -> Void
    ) throws(OpenMetricsViolation) {
        guard let last = families.indices.last, name == nil || families[last].name == name
        else { throw .metadataOrder }
        try amend(&families[last])
    }
}

/// The rule that a document breaks: one of the OpenMetrics 1.0 specification, or one of the exporter's stricter ones.
package enum OpenMetricsViolation: Error {
    /// "UTF-8 MUST be used", no byte order mark, a line feed after every line, and no carriage return before it.
    case encoding
    /// The line is not in the language of the ABNF.
    case grammar
    /// A quote or a line feed is not escaped, or a backslash begins an unknown escape.
    case escaping
    /// `# EOF` is missing or is not the last line.
    case eof
    /// TYPE, UNIT and HELP come at most once each, in this order and before the samples; only UNIT is optional.
    case metadataOrder
    /// Two families have the same name. Interleaved families also look like this.
    case familyTwice
    /// Two families could have a sample of the same name.
    case nameClash
    /// A sample's name does not belong to its family.
    case foreignSample
    /// The family's name does not end with the unit, or an info has a unit.
    case unit
    case labelTwice
    case seriesTwice
    /// The samples of one metric are not adjacent.
    case interleavedMetrics
    /// A counter is negative or not a number, or an info is not 1.
    case value
    /// `le` is missing, misplaced, or not written as a float.
    case bucketLabel
    /// Buckets are not ascending, not cumulative or not integers, or the bucket `+Inf` is missing.
    case buckets
    /// Only one of `_count` and `_sum` exists, or `_count` differs from the bucket `+Inf`.
    case countAndSum
}
