import Testing

@testable import Web

@Suite("The limits of a server")
struct WebLimitsTests {
    @Test(
        "leave half of the open files that there may be for everything else",
        arguments: [(UInt64.max, 512), (65_536, 512), (1024, 512), (1023, 511), (256, 128), (40, 20), (2, 1), (0, 1)]
    )
    func connections(openFiles: UInt64, connections: Int) {
        #expect(WebLimits(openFiles: openFiles).connections == connections)
    }
}
