import Dispatch
import Glibc
import Linux
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Web

@testable import Daemon

/// Each in a process of its own, as a signal is the process's.
@Suite(.timeLimit(.minutes(1)))
struct ReloadServiceTests {
    @Test func `SIGHUP reloads, even if it came before the service ran`() async {
        await #expect(processExitsWith: .success) {
            let hangups = try Hangups()
            kill(getpid(), SIGHUP)
            let (reloads, reloaded) = AsyncStream.makeStream(of: Void.self)
            let service = ReloadService(reloader: .counting(reloaded), hangups: hangups, socket: nil)
            await withTaskGroup { tasks in
                tasks.addTask { try? await service.run() }
                var iterator = reloads.makeAsyncIterator()
                await iterator.next()
                kill(getpid(), SIGHUP)
                await iterator.next()
                tasks.cancelAll()
            }
        }
    }

    @Test func `simultaneous requests are all answered`() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = "\(folder.path)/control.sock"
            let (_, reloaded) = AsyncStream.makeStream(of: Void.self)
            let service = ReloadService(
                reloader: .counting(reloaded),
                hangups: try Hangups(),
                socket: try ControlSocket(path: path)
            )
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await service.run() }
                let answers = try await Client.ask(path, times: 8)
                #expect(answers == Array(repeating: .reloaded, count: 8))
                tasks.cancelAll()
            }
        }
    }

    @Test func `a request during a stop is answered, and SIGHUP does not end the program`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = "\(folder.path)/control.sock"
            let fixture = ReloadFixture(file: nil)
            fixture.phase.enter(.stopping)
            let service = ReloadService(
                reloader: fixture.reloader,
                hangups: try Hangups(),
                socket: try ControlSocket(path: path)
            )
            let group = ServiceGroup(
                services: [service],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                let answers = try await Client.ask(path, times: 1)
                #expect(answers == [.refused(["the exporter is stopping"])])
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            kill(getpid(), SIGHUP)
        }
    }
}

extension Reloader {
    fileprivate static func counting(_ reloads: AsyncStream<Void>.Continuation) -> Reloader {
        let fixture = ReloadFixture(file: nil)
        return Reloader(
            file: nil,
            apply: { _ in reloads.yield() },
            metrics: fixture.reloader.metrics,
            status: fixture.status,
            phase: fixture.phase,
            manager: fixture.reloader.manager,
            logger: fixture.reloader.logger
        )
    }
}

/// `gil-exporter reload`, which waits, on threads that may.
private enum Client {
    static func ask(_ path: String, times: Int) async throws -> [ReloadOutcome] {
        let (outcomes, asked) = AsyncStream.makeStream(of: Result<ReloadOutcome, any Error>.self)
        for _ in 0..<times {
            DispatchQueue.global().async { asked.yield(Result { try ControlClient(path: path).reload() }) }
        }
        var answers: [ReloadOutcome] = []
        for await outcome in outcomes.prefix(times) { answers.append(try outcome.get()) }
        return answers
    }
}

struct ReloadOutcomeTests {
    @Test(arguments: [ReloadOutcome.reloaded, .refused([]), .refused(["a.yml:1:2: no", "reloaded"])])
    func `an answer encodes the outcome`(outcome: ReloadOutcome) {
        #expect(ReloadOutcome(answer: outcome.answer) == outcome)
    }

    @Test(arguments: ["", "reloaded", "refused", "reload", "\n", "yes\n"])
    func `a truncated or unknown text is not an answer`(text: String) {
        #expect(ReloadOutcome(answer: text) == nil)
    }
}
