/// A piece of an HTML document.
///
/// A literal of this type escapes the text that is interpolated into it. Only another piece is markup, so no text becomes
/// markup by mistake.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    let source: String

    init(stringLiteral literal: String) { source = literal }

    init(stringInterpolation interpolation: StringInterpolation) { source = interpolation.source }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var source = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { source += literal }

        mutating func appendInterpolation(_ text: some CustomStringConvertible) {
            source += HTML.escape(text.description)
        }

        mutating func appendInterpolation(_ piece: HTML) { source += piece.source }

        mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { source += piece.source }
        }
    }

    static let nothing: HTML = ""

    /// `text` as it must be written in an element or a quoted attribute. Control characters, which no document may
    /// contain, become U+FFFD: HTML, 13.2.3.5, "Preprocessing the input stream".
    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(character)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}

/// A whole HTML page with its style and script in it. It loads nothing.
struct HTMLDocument: Sendable {
    var title: String
    /// CSS and JavaScript from the program's resources. They must not contain the end tag of their element.
    var style: String
    var script: String
    var body: HTML

    /// - Parameter nonce: marks the style and the script as the page's own, for its Content-Security-Policy.
    func source(nonce: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(HTML.escape(title))</title>
        <style nonce="\(nonce)">
        \(style)</style>
        </head>
        <body>
        \(body.source)
        <script nonce="\(nonce)">
        \(script)</script>
        </body>
        </html>

        """
    }
}
