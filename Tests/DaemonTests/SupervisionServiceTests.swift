import Glibc
import Linux
import Logging
import TestSupport
import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(1)))
struct SupervisionServiceTests {
    @Test func `the watchdog hears nothing while the daemon is stuck, and again once it is not`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket(address: "@gil-exporter-watchdog-test-\(getpid())")
            unsafe setenv("NOTIFY_SOCKET", socket.address, 1)
            unsafe setenv("WATCHDOG_USEC", "20000", 1)
            let (looks, looked) = AsyncStream.makeStream(of: Bool.self)
            let isStuck = Protected(true)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let service = SupervisionService(
                phase: DaemonPhase(),
                manager: ServiceManager(logger: logger),
                logger: logger,
                makesProgress: {
                    let isStuck = isStuck.withLock { $0 }
                    looked.yield(isStuck)
                    return !isStuck
                },
                stop: {}
            )
            await withTaskGroup { tasks in
                tasks.addTask { try? await service.run() }
                var iterator = looks.makeAsyncIterator()
                for _ in 0..<4 { _ = await iterator.next() }
                let before = socket.receive()
                #expect(before == nil)
                isStuck.withLock { $0 = false }
                // A second look begins when what the first one saw has been told.
                for _ in 0..<2 {
                    while await iterator.next() == true {}
                }
                let after = socket.receive()
                #expect(after == "WATCHDOG=1")
                tasks.cancelAll()
            }
        }
    }
}
