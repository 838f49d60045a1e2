import Glibc
import Linux
import Logging
import Systemd
import TestSupport
import Testing
import Web

@testable import Daemon

/// Each in a process of its own, as the environment is the process's.
struct ServiceManagerTests {
    @Test func `a failed notification is logged once`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
            let log = RecordedLog()
            let manager = ServiceManager(logger: log.logger)
            manager.notify(.ready)
            for round in 0..<100 { manager.notify(.status("Round \(round).")) }
            #expect(log.messages == ["Cannot notify systemd"])
        }
    }

    @Test func `an invalid watchdog interval is logged, and nothing is sent`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("WATCHDOG_USEC", "1", 1)
            let log = RecordedLog()
            let manager = ServiceManager(logger: log.logger)
            let interval = manager.watchdogInterval()
            #expect(interval == nil)
            #expect(log.errors.first?.contains("WATCHDOG_USEC") == true)
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct SupervisionServiceTests {
    @Test func `the watchdog is notified only while the daemon makes progress`() async {
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

struct DaemonPhaseTests {
    private let phase = DaemonPhase()

    @Test func `at first the daemon is not ready, with a reason`() {
        #expect(phase.readiness() == .failing(reason: "the schedule does not run yet"))
    }

    @Test func `a running daemon is ready`() {
        phase.enter(.running)
        #expect(phase.readiness() == .ok)
    }

    @Test func `a stopping daemon never becomes ready again`() {
        phase.enter(.running)
        phase.enter(.stopping)
        #expect(phase.readiness() == .failing(reason: "the exporter is stopping"))
        phase.enter(.running)
        #expect(phase.readiness() == .failing(reason: "the exporter is stopping"))
    }

    @Test func `a running daemon does not return to starting`() {
        phase.enter(.running)
        phase.enter(.starting)
        #expect(phase.readiness() == .ok)
    }
}
