extension Double {
    /// RFC 9110, section 12.4.2: from 0 to 1, with at most three digits after the point.
    package init?(qualityValue text: Substring) {
        guard text.utf8.count <= 5, text.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") }),
            let value = Double(text), value <= 1
        else { return nil }
        self = value
    }
}

extension Substring {
    /// Without RFC 9110's optional white space, blanks and tabs, at either end.
    package var trimmed: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
