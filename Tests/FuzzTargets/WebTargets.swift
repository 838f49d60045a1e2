import Exposition
import Linux

@testable import Web

extension FuzzTarget {
    /// The headers Accept and Accept-Encoding.
    static let accept = FuzzTarget("accept", maxLength: 2048) { input in
        let text = input.text()
        let negotiated = NegotiatedFormat(accept: text)
        try require(Format.allCases.contains(negotiated.format), "a format is chosen")
        try require(negotiated.contentType.hasPrefix(negotiated.format.contentType), "it is the one that is announced")
        try require(negotiated == NegotiatedFormat(accept: text), "the same header chooses the same")
        _ = ContentCoding(acceptEncoding: text)
        _ = ContentCoding(acceptEncoding: input.text())
    }

    /// The header Authorization, and passwords in files.
    static let authorization = FuzzTarget("authorization", maxLength: 1024) { input in
        let text = input.text()
        if let credentials = BasicCredentials(authorization: text) {
            try require(!credentials.user.contains(":"), "a user has no colon")
            _ = Users([:]).hash(of: credentials.user)
        }
        if let hash = try? PasswordHash(input.text()) {
            try require((4...PasswordHash.maxCost).contains(hash.cost), "the cost is within its limits")
        }
    }

    /// Listen addresses, paths, external URLs, and the headers of browsers that name one.
    static let addresses = FuzzTarget("addresses", maxLength: 512) { input in
        let text = input.text()
        if let address = try? ListenAddress(text) {
            try require((try? ListenAddress(address.description)) == address, "\(address) is read as it is written")
        }
        if let prefix = try? RoutePrefix(text) {
            try require((try? RoutePrefix(prefix.description)) == prefix, "\(prefix) is read as it is written")
        }
        if let path = try? TelemetryPath(text) {
            try require(path.description.hasPrefix("/"), "a path begins with a slash")
        }
        _ = try? ExternalURL(text)
        if let origin = Origin(text) { _ = origin.isOrigin(of: input.text()) }
    }
}
