import HTTPTypes
import HummingbirdCore
import NIOCore

extension Route {
    /// A JSON document that `body` makes for every request.
    package static func json(at path: String, _ body: @escaping @Sendable () throws -> [UInt8]) -> Route {
        Route(path) { request in
            Response(
                CodedBody(ByteBuffer(bytes: try body()), coding: request.acceptedCoding),
                headers: [
                    .contentType: "application/json",
                    .cacheControl: "no-store",
                    .xContentTypeOptions: "nosniff",
                ]
            )
        }
    }
}
