import CZlib
import NIOCore
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

struct GzipTests {
    @Test(arguments: [0, 1, 1000, 1_000_000])
    func `gunzip restores what was compressed`(count: Int) throws {
        var state: UInt32 = 7
        // Compressible, but not trivially.
        let bytes = (0..<count).map { index in
            state = state &* 1_664_525 &+ 1_013_904_223
            return index % 3 == 0 ? UInt8(state >> 24) : UInt8(ascii: "a")
        }
        let compressed = try #require(Gzip.compress(ByteBuffer(bytes: bytes)))
        #expect(Array(compressed.readableBytesView.prefix(2)) == [0x1F, 0x8B], "RFC 1952, 2.3.1")
        #expect(try Inflated(Array(compressed.readableBytesView), count: count).bytes == bytes)
    }

    @Test func `a body that fits in one packet is not compressed`() {
        let small = CodedBody(ByteBuffer(repeating: 1, count: 1023), coding: .gzip)
        let large = CodedBody(ByteBuffer(repeating: 1, count: 1024), coding: .gzip)
        #expect(small.coding == .identity)
        #expect(small.bytes.readableBytes == 1023)
        #expect(large.coding == .gzip)
        #expect(large.bytes.readableBytes < 100)
    }
}

/// A gzip file, decompressed by zlib.
private struct Inflated {
    struct Broken: Error {}

    let bytes: [UInt8]

    init(_ compressed: [UInt8], count: Int) throws {
        var stream = unsafe z_stream()
        // 16 requires a gzip header: zlib.h.
        let size = unsafe CInt(MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else { throw Broken() }
        defer { unsafe inflateEnd(&stream) }
        var input = compressed
        var output = [UInt8](repeating: 0, count: count + 1)
        let status = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                return unsafe inflate(&stream, Z_FINISH)
            }
        }
        let left = unsafe Int(stream.avail_out)
        guard status == Z_STREAM_END, left == 1 else { throw Broken() }
        bytes = Array(output.prefix(count))
    }
}
