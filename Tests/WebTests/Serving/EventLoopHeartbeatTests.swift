import Dispatch
import NIOCore
import NIOPosix
import Testing

@testable import Web

@Suite("The heartbeat of an event loop")
struct EventLoopHeartbeatTests {
    @Test("stops while the loop is stuck, and comes back")
    func stalls() async throws {
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

    @Test("is not asked of a loop that was shut down")
    func stopped() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let heartbeat = EventLoopHeartbeat(group.next())
        heartbeat.stop()
        try await group.shutdownGracefully()
        #expect(heartbeat.madeProgress())
        #expect(heartbeat.madeProgress())
    }
}
