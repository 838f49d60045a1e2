/// A response as it was received.
struct RawResponse: Sendable {
    let statusLine: String
    /// Names in lower case.
    let headers: [String: String]
    private(set) var body = ""

    init(head: String) {
        var lines = head.split(separator: "\r\n").map(String.init)
        statusLine = lines.isEmpty ? "" : lines.removeFirst()
        let pairs = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        headers = Dictionary(pairs, uniquingKeysWith: { "\($0), \($1)" })
    }

    var status: Int? { statusLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
    var contentLength: Int? { headers["content-length"].flatMap { Int($0) } }

    func with(body: String) -> RawResponse {
        var copy = self
        copy.body = body
        return copy
    }

    /// The length of the head with its empty line.
    static func endOfHead(in bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= end.count else { return nil }
        return bytes.indices.dropLast(end.count - 1).first { bytes[$0..<$0 + end.count].elementsEqual(end) }
            .map { $0 + end.count }
    }
}
