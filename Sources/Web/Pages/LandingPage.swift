/// What a person sees who opens the exporter's address in a browser.
package struct LandingPage: Sendable {
    /// A line of the list of links.
    package struct Link: Sendable {
        package var path: String
        package var text: String

        package init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    /// The title.
    package var name: String
    /// A sentence on what this is.
    package var summary: String
    /// The version line.
    package var version: String
    package var links: [Link]

    package init(name: String, summary: String, version: String, links: [Link]) {
        self.name = name
        self.summary = summary
        self.version = version
        self.links = links
    }

    /// The page. Every text is escaped, and it needs no style, no script and no picture.
    var html: String {
        let items = links.map { "<li><a href=\"\(HTML.escape($0.path))\">\(HTML.escape($0.text))</a></li>" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>\(HTML.escape(name))</title>
            </head>
            <body>
            <h1>\(HTML.escape(name))</h1>
            <p>\(HTML.escape(summary))</p>
            <ul>
            \(items.joined(separator: "\n"))
            </ul>
            <p>\(HTML.escape(version))</p>
            </body>
            </html>

            """
    }
}
