extension Schema where Value == Bool {
    /// `true` or `false`, or what YAML 1.1 has for them as well (https://yaml.org/type/bool.html): the files of other
    /// exporters are read by such a parser, and templates and people write `yes` and `on`.
    static var boolean: Schema {
        .scalar("true or false") { (scalar) throws(Unacceptable) in
            guard let value = words[scalar.text] else { throw Unacceptable("is neither true nor false") }
            guard scalar.isPlain else { throw .quoted }
            return value
        }
    }

    /// In small letters, in capitals, and with a capital at the beginning; no other mixture.
    private static var words: [String: Bool] {
        let pairs: [(Bool, [String])] = [
            (true, ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"]),
            (false, ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"]),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.flatMap { value, words in words.map { ($0, value) } })
    }
}
