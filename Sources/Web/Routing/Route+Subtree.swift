import HummingbirdCore

extension Route {
    /// A route for all paths that begin with `prefix`, which ends with a slash.
    ///
    /// - Parameter respond: gets the rest of the path, decoded; nil if it is no valid text.
    static func subtree(
        _ prefix: String,
        respond: @escaping @Sendable (_ rest: String?, Request) async throws -> Response
    ) -> Route {
        var route = Route(prefix) { request in
            // The server's own prefix comes first.
            let path = request.uri.path
            let rest = path.firstRange(of: prefix).map { path[$0.upperBound...] } ?? ""
            return try await respond(String(percentDecoding: rest), request)
        }
        route.hasSubtree = true
        return route
    }
}

extension String {
    /// Decodes `%2F` and the like: RFC 3986, 2.1.
    ///
    /// - Returns: nil if the text is not encoded correctly, or is not UTF-8.
    fileprivate init?(percentDecoding text: some StringProtocol) {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        self.init(validating: bytes, as: UTF8.self)
    }
}
