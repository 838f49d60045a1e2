import Glibc
import Linux
import Testing

struct POSIXThreadTests {
    @Test func `a joined thread has done its work`() throws {
        let results = Protected([Int]())
        let thread = try POSIXThread { results.withLock { $0.append(7) } }
        thread.join()
        #expect(results.withLock { $0 } == [7])
    }

    @Test func `it has a name that ps shows`() throws {
        let names = Protected([String]())
        let thread = try POSIXThread(name: "a-name-for-a-thread") {
            let name = (try? ProcFile.read("/proc/thread-self/comm")).map { String(decoding: $0, as: UTF8.self) }
            names.withLock { $0.append(name ?? "") }
        }
        thread.join()
        #expect(names.withLock { $0 } == ["a-name-for-a-th\n"])
    }

    @Test func `one that asks to be prompt may be, and its creator stays as it was`() throws {
        let before = sched_getscheduler(0)
        let seen = Protected<[(Promptness, CInt)]>([])
        let thread = try POSIXThread {
            let promptness = Promptness.most()
            seen.withLock { $0.append((promptness, sched_getscheduler(0))) }
        }
        thread.join()
        let (promptness, policy) = try #require(seen.withLock { $0.first })
        // sched_getscheduler(2) adds SCHED_RESET_ON_FORK.
        #expect((policy & ~0x4000_0000 == SCHED_FIFO) == (promptness == .realtime))
        #expect(sched_getscheduler(0) == before)
    }

    @Test func `what it captured is released when it has ended`() throws {
        let released = Protected(false)
        try runToItsEnd(Canary(released))
        #expect(released.withLock { $0 })
    }

    @Test func `signals that are meant for the daemon do not reach it, and its creator's are as before`() throws {
        let before = blockedSignals()
        let blocked = Protected<[CInt]>([])
        let thread = try POSIXThread {
            let signals = blockedSignals()
            blocked.withLock { $0 = signals }
        }
        thread.join()
        let inThread = blocked.withLock { $0 }
        for signal in [SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGALRM, SIGUSR1] { #expect(inThread.contains(signal)) }
        #expect(blockedSignals() == before)
    }

    private func runToItsEnd(_ canary: consuming Canary) throws {
        let thread = try POSIXThread { [canary] in withExtendedLifetime(canary) {} }
        thread.join()
    }
}

private final class Canary: Sendable {
    private let released: Protected<Bool>

    init(_ released: Protected<Bool>) { self.released = released }

    deinit { released.withLock { $0 = true } }
}

private func blockedSignals() -> [CInt] {
    var mask = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
    return (1...CInt(31)).filter { unsafe sigismember(&mask, $0) == 1 }
}
