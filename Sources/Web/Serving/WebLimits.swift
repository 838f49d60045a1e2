import HummingbirdCore
import NIOCore

/// How much of the server's time and memory a client may take.
package struct WebLimits: Sendable, Equatable {
    /// A connection on which nothing arrives for this long, neither a request nor the rest of one, is closed.
    ///
    /// Prometheus closes a connection that it has not used for 5 minutes; by outlasting it the server never closes
    /// one at the moment a scrape is sent on it.
    package var idle: Duration = .seconds(330)
    /// How long a connection may take to send a request's head: from when it was opened, TLS included, or from the head's
    /// first byte.
    package var head: Duration = .seconds(10)
    /// How long a client may take to read a response; Prometheus gives up after its scrape_timeout, 10 s by default.
    package var response: Duration = .seconds(30)
    /// How long requests may take to come and to be answered once the server is to stop.
    package var drain: Duration = .seconds(1)
    /// Bytes of one header field.
    package var headerField: Int = 8 << 10
    /// Bytes of all header fields of a request.
    package var headerList: Int = 32 << 10
    package var headerCount: Int = 100
    /// Bytes of a request's target, path and query.
    package var target: Int = 4 << 10
    /// Requests on one connection. A new one now and then spreads over what a load balancer has.
    package var requests: Int = 10_000
    /// Connections at a time, of all listeners.
    package var connections: Int = 512

    package init() {}

    /// Half of the descriptors that the process may have is kept for its workers, for scans and for its own files.
    ///
    /// - Parameter openFiles: RLIMIT_NOFILE, getrlimit(2).
    package init(openFiles: UInt64) {
        self.init()
        connections = min(connections, max(1, Int(clamping: openFiles / 2)))
    }
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
