import HummingbirdCore
import NIOCore

/// How much of the server's time and memory a client may take.
package struct WebLimits: Sendable, Equatable {
    /// A connection on which nothing arrives for this long, neither a request nor the rest of one, is closed.
    ///
    /// Prometheus closes a connection that it has not used for 5 minutes; by outlasting it the server never closes
    /// one at the moment a scrape is sent on it.
    package var idle: Duration = .seconds(330)
    /// How long requests may take to come and to be answered once the server is to stop.
    package var drain: Duration = .seconds(1)
    /// Bytes of one header field.
    package var headerField: Int = 8 << 10
    /// Bytes of all header fields of a request.
    package var headerList: Int = 32 << 10
    package var headerCount: Int = 100

    package init() {}
}

extension HTTP1Channel.Configuration {
    init(_ limits: WebLimits) {
        self.init(
            idleTimeout: TimeAmount(limits.idle),
            httpDecoderConfiguration: DecoderConfiguration(
                maxHeaderFieldSize: limits.headerField,
                maxHeaderListSize: limits.headerList,
                maxHeaderFieldCount: limits.headerCount
            )
        )
    }
}
