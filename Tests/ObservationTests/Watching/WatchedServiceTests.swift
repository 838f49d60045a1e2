import Testing

@testable import Observation

struct WatchedServiceTests {
    @Test func `a service sums up its processes`() {
        let service = WatchedService("shop", [process(held: 950, wait: 250), process(held: 50, wait: 0), denied])
        #expect(service.processes == 3)
        #expect(service.unobserved == 1)
        #expect(service.saturated == 1)
        #expect(service.held == 1)
        #expect(service.wait == 0.25)
        #expect(service.stalledWait == 0.05)
        #expect(service.heldOnCPU == 0.8)
        #expect(service.busiest == 0.95)
        #expect(service.waitingThreads == 4)
        #expect(service.switches == 20)
        #expect(service.cpuRatio == 1.5)
    }

    @Test func `values that no process has are unknown`() {
        let service = WatchedService("shop", [denied])
        #expect(service.held == nil)
        #expect(service.busiest == nil)
        #expect(service.runQueueRatio == nil)
    }

    @Test func `services are in the order of their first process, and excluded processes in none`() {
        var other = denied
        other.service = "other"
        var excluded = denied
        excluded.service = nil
        let services = WatchedService.all(of: [other, excluded, denied, process(held: 0, wait: 0), other])
        #expect(services.map(\.name) == ["other", "shop"])
        #expect(services.map(\.processes) == [2, 2])
    }

    @Test func `a process with several interpreters is saturated if all of its locks are`() {
        #expect(process(held: 1900, wait: 0, interpreters: 2).isSaturated)
        #expect(!process(held: 1000, wait: 0, interpreters: 2).isSaturated)
        #expect(!denied.isSaturated)
    }

    private let denied = WatchedProcess(
        pid: 1,
        name: "python3",
        commandLine: "",
        service: "shop",
        cpuRatio: 0.5,
        activity: .failure(.permission)
    )

    /// One second of a process.
    private func process(held: Int, wait: Int, interpreters: Int = 1) -> WatchedProcess {
        let earlier = ProcessObservation(version: PythonVersion(major: 3, minor: 11, micro: 2), build: .gil)
        var later = earlier
        later.observed = .seconds(1)
        later.interpreters = interpreters
        later.locks = LockTotals(
            held: .milliseconds(held),
            wait: .milliseconds(wait),
            switches: 10,
            forcedHandoffs: 0
        )
        later.holders = HolderTotals(onCPU: .milliseconds(held * 4 / 5), stalledWait: .milliseconds(wait / 5))
        later.waitingThreads = 2
        var process = denied
        process.activity = WatchedProcess.Activity(from: earlier, to: later).map { .success($0) }
        return process
    }
}
