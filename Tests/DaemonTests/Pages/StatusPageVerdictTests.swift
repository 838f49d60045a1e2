import Testing
import Web

@testable import Daemon
@testable import Probing

@Suite("The verdict of the status page")
struct StatusPageVerdictTests {
    private let free = ParallelismLimit.Evidence(
        runtime: "native",
        probe: .lockfree,
        workers: 2,
        speedup: 1.968,
        lockWait: 0,
        runQueue: 0
    )
    private let locked = ParallelismLimit.Evidence(
        runtime: "python3",
        probe: .gil,
        workers: 2,
        speedup: 0.98,
        lockWait: 0.476,
        runQueue: nil
    )

    @Test("says what it rests on where the lock limits")
    func lock() {
        let verdict = StatusPage.Verdict(.lock(free: free, locked: locked))
        #expect(verdict.limit == .lock)
        #expect(
            verdict.evidence == """
                python3 gil: 2 workers are 0.98 times as fast as one and wait for the lock for 48 % of their time. \
                native lockfree: 2 workers are 1.97 times as fast as one.
                """
        )
    }

    @Test("names the causes where the machine limits")
    func machine() {
        let verdict = StatusPage.Verdict(.machine(free, causes: [.throttled, .runQueue]))
        #expect(verdict.limit == .machine)
        #expect(verdict.evidence.hasSuffix("What was seen: CPU quota, busy CPUs."))
        #expect(StatusPage.Verdict(.machine(free, causes: [])).evidence.contains("No cause was seen"))
    }

    @Test("does not claim what it does not know")
    func unknown() {
        #expect(StatusPage.Verdict(.unknown).limit == .unknown)
        #expect(StatusPage.Verdict(.nothing(free)).evidence.hasSuffix("and no probe contends for a lock."))
    }
}
