import Exposition
import Glibc
import Linux
import Testing

@testable import Observation

/// Processes that a scan does not find any more: they have ended, or are back later.
struct MissedProcessesTests: ObservedProcessesSuite {
    let registry = Registry()
    let metrics: ObservationMetrics
    let sampler = FakeSampler()

    init() { metrics = ObservationMetrics(registry) }

    @Test func `what the sampler finds last counts, although scans have found the end before`() {
        let now = Protected<UInt64>(5_000_000_000)
        var processes = ObservedProcesses(
            metrics: metrics,
            sampler: sampler,
            isRunning: { _ in false },
            clock: { now.withLock { $0 } }
        )
        let group = #"{group="shop",version="3.11.2",build="gil",gil="on"} "#
        processes.update([Self.scanned(1), Self.scanned(2)])
        for pid: Int32 in [1, 2] { sampler.see(Self.process(pid), Self.observation(held: 5)) }
        processes.refresh()
        #expect(lines.contains("gil_processes\(group)2"))
        for _ in 0..<2 {
            processes.update([])
            #expect(lines.contains("gil_processes\(group)0"))
            now.withLock { $0 += 80_000_000_000 }
        }
        sampler.see(Self.process(1), Self.observation(held: 7), .ended)
        _ = processes.supervise()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 12"#))
        #expect(Array(sampler.locations.keys) == [Self.process(2)])
        // Of the other the sampler finds nothing.
        processes.update([])
        #expect(sampler.locations.isEmpty)
    }

    @Test func `a process that its parent has not waited for has ended`() throws {
        var processes = self.processes
        var pid: pid_t = 0
        try #require(unsafe posix_spawn(&pid, "/bin/true", nil, nil, [nil], nil) == 0)
        defer { waitpid(pid, nil, 0) }
        var ended = unsafe siginfo_t()
        try #require(unsafe waitid(P_PID, id_t(pid), &ended, WEXITED | WNOWAIT) == 0)
        let start = try #require(ProcessIdentity(of: pid)).startTime
        let scanned = Self.scanned(pid, startTime: start)
        processes.update([scanned])
        sampler.see(scanned.process, Self.observation(held: 5))
        processes.update([])
        sampler.see(scanned.process, Self.observation(held: 7), .ended)
        processes.refresh()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 7"#))
    }

    @Test func `a process whose locks are not where they were is looked at again`() {
        var processes = self.processes
        processes.update([Self.scanned(1), Self.scanned(2), Self.scanned(3)])
        for pid: Int32 in 1...3 {
            var seen = Self.observation(held: 5)
            seen.threads = pid == 1 ? 4 : nil
            sampler.see(Self.process(pid), seen, pid == 3 ? .unobservable(.layout) : .observed)
        }
        #expect(processes.supervise().interrupted == [2])
    }

    @Test func `a process that cannot be read is not waited for`() {
        var processes = ObservedProcesses(metrics: metrics, sampler: sampler, isRunning: { _ in false })
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), nil, .unobservable(.unresponsive))
        processes.update([])
        #expect(sampler.locations.isEmpty)
    }

    @Test func `a process that was not observed for a while is not counted as another start`() {
        var processes = ObservedProcesses(metrics: metrics, sampler: sampler, isRunning: { _ in true })
        // Long after the observation has begun.
        let new = Self.scanned(1, startTime: .max / 1_000_000_000_000)
        func values(_ name: String) -> [String] { lines.filter { $0.hasPrefix("gil_process_\(name){") } }
        func see(cpuBefore: Int) {
            var seen = Self.observation(held: 5)
            seen.cpuBefore = CPUTime(user: .seconds(cpuBefore))
            sampler.see(new.process, seen)
            processes.refresh()
        }
        processes.update([new])
        see(cpuBefore: 1)
        let starts = #"gil_process_starts_total{group="shop"} "#
        let unobserved = #"gil_process_unobserved_cpu_seconds_total{group="shop"} "#
        #expect(values("starts_total") == [starts + "1"])
        #expect(values("unobserved_cpu_seconds_total") == [unobserved + "1"])
        // A scan that does not find it, as while its title is one that is excluded.
        processes.update([])
        processes.update([new])
        see(cpuBefore: 10)
        #expect(values("starts_total") == [starts + "1"])
        #expect(values("unobserved_cpu_seconds_total") == [unobserved + "1"])
    }
}
