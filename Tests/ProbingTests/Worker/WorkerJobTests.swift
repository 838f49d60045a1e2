import Linux
import Testing

@testable import Probing

struct ReportChannelTests {
    @Test func `a channel is the descriptor right above the worker's standard streams`() throws {
        let file = try MemoryFile("report")
        let possible = ReportChannel(to: file)
        let channel = try #require(possible)
        #expect(channel.descriptor == 3)
        let job = WorkerJob.describe.answered(over: channel)
        let text = String(decoding: try WorkerJSON.encode(job), as: UTF8.self)
        #expect(try WorkerJob(parsing: text) == job)
    }

    @Test func `a channel is open only if its descriptor is the intended file`() throws {
        let file = try MemoryFile("report")
        let possible = ReportChannel(to: file)
        var channel = try #require(possible)
        channel.descriptor = file.descriptor
        #expect(channel.isOpen)
        try channel.write([1, 2, 3])
        #expect(file.contents(limit: 10) == [1, 2, 3])
        channel.inode += 1
        #expect(!channel.isOpen)
        channel.descriptor = -1
        #expect(!channel.isOpen)
    }
}

struct SharesTests {
    @Test(
        arguments: [
            (iterations: 10, shares: [10]),
            (iterations: 10, shares: [5, 5]),
            (iterations: 11, shares: [4, 4, 3]),
            (iterations: 10, shares: [4, 3, 3]),
            (iterations: 2, shares: [1, 1, 0]),
            (iterations: 0, shares: [0, 0]),
        ] as [(iterations: UInt64, shares: [UInt64])]
    )
    func `iterations are split evenly, the first workers get the remainder`(iterations: UInt64, shares: [UInt64]) {
        let split = Shares(iterations: iterations, workers: shares.count)
        #expect(shares.indices.map { split[$0] } == shares)
    }
}
