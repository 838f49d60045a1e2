/// A whole exposition, read strictly: whatever breaks a rule makes all of it invalid, as the specification has it.
struct OpenMetricsDocument {
    private(set) var families: [OpenMetricsFamily] = []

    init(_ bytes: [UInt8]) throws(OpenMetricsViolation) {
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.first != "\u{FEFF}",
            !bytes.contains(UInt8(ascii: "\r"))
        else { throw .encoding }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast() == "", !lines.isEmpty else { throw .encoding }
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

    subscript(family: String) -> OpenMetricsFamily? {
        families.first { $0.name == family }
    }

    /// Metadata and samples belong to the family whose TYPE came last, and metadata must name it.
    private mutating func amendFamily(
        _ name: String?,
        _ amend: (inout OpenMetricsFamily) throws(OpenMetricsViolation) -> Void
    ) throws(OpenMetricsViolation) {
        guard let last = families.indices.last, name == nil || families[last].name == name
        else { throw .metadataOrder }
        try amend(&families[last])
    }
}
