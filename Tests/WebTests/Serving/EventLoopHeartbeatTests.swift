import Dispatch
import NIOCore
import NIOPosix
import Testing

@testable import Web

struct EventLoopHeartbeatTests {
    @Test func `the heartbeat stops while the event loop is blocked, and resumes`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let heartbeat = EventLoopHeartbeat(loop)
        let stuck = DispatchSemaphore(value: 0)
        loop.execute { stuck.wait() }

        #expect(heartbeat.madeProgress(), "the first question has nothing to compare with")
        #expect(!heartbeat.madeProgress())
        #expect(!heartbeat.madeProgress())

        stuck.signal()
        try await loop.submit {}.get()
        #expect(heartbeat.madeProgress())
        try await group.shutdownGracefully()
    }

    @Test func `the heartbeat gives no tasks to a loop that was shut down`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let heartbeat = EventLoopHeartbeat(group.next())
        heartbeat.stop()
        try await group.shutdownGracefully()
        #expect(heartbeat.madeProgress())
        #expect(heartbeat.madeProgress())
    }
}
