package import Exposition
import HTTPTypes
import HummingbirdCore
import Linux
import NIOCore

extension Route {
    /// The exposition of `registry`, in the format that suits the client best. Counts its scrapes in `registry`.
    package static func metrics(at path: TelemetryPath, of registry: Registry) -> Route {
        // Kept from scrape to scrape: it has grown to the size of an exposition once.
        let buffer = Protected<[UInt8]>([])
        return Route(path.text, metrics: ScrapeMetrics(registry)) { request in
            let format = Format.negotiate(accept: request.headers[.accept])
            let body = buffer.withLock { buffer in
                buffer.removeAll(keepingCapacity: true)
                registry.write(format, into: &buffer)
                return ByteBuffer(bytes: buffer)
            }
            return Response(
                status: .ok,
                // A cache must not answer one format with the other.
                headers: [.contentType: format.contentType, .vary: "Accept", .xContentTypeOptions: "nosniff"],
                body: ResponseBody(byteBuffer: body)
            )
        }
    }
}
