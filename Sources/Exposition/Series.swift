/// A family's name with a value for each of its labels.
struct Series: Sendable {
    let name: String
    let labels: [(name: String, value: String)]

    /// The constant part of a sample's line, `name{label="value"} `, rendered once so that a gathering only copies it.
    func prefix(suffix: String = "", bucketBound: String? = nil) -> [UInt8] {
        var prefix = Array("\(name)\(suffix)".utf8)
        let labels = labels + (bucketBound.map { [("le", $0)] } ?? [])
        for (index, label) in labels.enumerated() {
            prefix.append(contentsOf: "\(index == 0 ? "{" : ",")\(label.name)=\"".utf8)
            prefix.append(escaping: label.value, quotes: true)
            prefix.append(UInt8(ascii: "\""))
        }
        prefix.append(contentsOf: (labels.isEmpty ? " " : "} ").utf8)
        return prefix
    }
}
