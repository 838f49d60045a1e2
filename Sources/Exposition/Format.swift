/// A wire format that Prometheus reads.
package enum Format: CaseIterable, Sendable {
    /// The text format 0.0.4, which everything reads.
    case text
    /// OpenMetrics 1.0.0, which adds units and the info type.
    case openMetrics

    /// The value of the Content-Type header; Prometheus 3 fails a scrape without a valid one.
    package var contentType: String {
        "\(mediaType); version=\(version); charset=utf-8"
    }

    var mediaType: String {
        switch self {
        case .text: "text/plain"
        case .openMetrics: "application/openmetrics-text"
        }
    }

    var version: String {
        switch self {
        case .text: "0.0.4"
        case .openMetrics: "1.0.0"
        }
    }
}
