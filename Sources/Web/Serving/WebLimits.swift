import HummingbirdCore
import NIOCore

/// The time and memory that clients may take.
package struct WebLimits: Sendable, Equatable {
    /// The time without any bytes after which a connection is closed.
    ///
    /// Prometheus closes an unused connection after 5 minutes. A longer limit keeps the server from closing one just as
    /// Prometheus sends a scrape on it.
    package var idle: Duration = .seconds(330)
    /// The time for a request's head: from the opening of the connection, TLS included, or from the first byte of the head.
    package var head: Duration = .seconds(10)
    /// The time for reading a response. Prometheus gives up after its scrape_timeout, 10 s by default.
    package var response: Duration = .seconds(30)
    /// The time for the last requests and their answers at shutdown.
    package var drain: Duration = .seconds(1)
    /// Bytes of one header field.
    package var headerField: Int = 8 << 10
    /// Bytes of all header fields of a request.
    package var headerList: Int = 32 << 10
    package var headerCount: Int = 100
    /// Bytes of a request target: path and query.
    package var target: Int = 4 << 10
    /// Requests on one connection. A new connection now and then lets a load balancer choose another instance.
    package var requests: Int = 10_000
    /// Simultaneous connections of all listeners.
    package var connections: Int = 512

    package init() {}

    /// Reserves half of the descriptors for workers, scans and files of the process.
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
