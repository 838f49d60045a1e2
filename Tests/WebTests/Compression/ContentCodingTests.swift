import Testing

@testable import Web

@Suite("The coding of a body")
struct ContentCodingTests {
    @Test(
        "is gzip where that is asked for by name",
        arguments: [
            (nil, ContentCoding.identity), ("", .identity), ("gzip", .gzip), ("deflate, GZIP;q=0.5", .gzip),
            ("x-gzip", .gzip), ("gzip;q=0", .identity), ("gzip; q=0.000", .identity), ("br, zstd", .identity),
            ("gzip;q=0.5, identity;q=0.8", .identity), ("gzip;q=0.8, identity;q=0.8", .gzip), ("*", .identity),
            ("gzip;q=2", .identity), ("gzip;q=x", .identity), ("gzip;level=9", .gzip), ("gzipped", .identity),
        ]
    )
    func negotiation(header: String?, coding: ContentCoding) {
        #expect(ContentCoding(acceptEncoding: header) == coding)
    }
}
