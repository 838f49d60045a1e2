import Testing

@testable import Web

struct ContentCodingTests {
    @Test(arguments: [
        (nil, ContentCoding.identity), ("", .identity), ("gzip", .gzip), ("deflate, GZIP;q=0.5", .gzip),
        ("x-gzip", .gzip), ("gzip;q=0", .identity), ("gzip; q=0.000", .identity), ("br, zstd", .identity),
        ("gzip;q=0.5, identity;q=0.8", .identity), ("gzip;q=0.8, identity;q=0.8", .gzip), ("*", .identity),
        ("gzip;q=2", .identity), ("gzip;q=x", .identity), ("gzip;level=9", .gzip), ("gzipped", .identity),
    ])
    func `a body is gzipped if Accept-Encoding names gzip`(header: String?, coding: ContentCoding) {
        #expect(ContentCoding(acceptEncoding: header) == coding)
    }
}
