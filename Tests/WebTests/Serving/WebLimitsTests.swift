import Testing

@testable import Web

struct WebLimitsTests {
    @Test(arguments: [(UInt64.max, 512), (65_536, 512), (1024, 512), (1023, 511), (256, 128), (40, 20), (2, 1), (0, 1)])
    func `connections may use half of the open files`(openFiles: UInt64, connections: Int) {
        #expect(WebLimits(openFiles: openFiles).connections == connections)
    }
}
