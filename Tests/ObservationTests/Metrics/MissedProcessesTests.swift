import Exposition
import Linux
import Testing

@testable import Observation

/// Processes that a scan does not find any more: they have ended, or are back later.
struct MissedProcessesTests: ObservedProcessesSuite {
    let registry = Registry()
    let metrics: ObservationMetrics
    let sampler = FakeSampler()

    init() { metrics = ObservationMetrics(registry) }

    @Test func `what the sampler finds last counts, although a scan has found the end before`() {
        var processes = ObservedProcesses(metrics: metrics, sampler: sampler, isRunning: { _ in false })
        let group = #"{group="shop",version="3.11.2",build="gil",gil="on"} "#
        processes.update([Self.scanned(1), Self.scanned(2)])
        for pid: Int32 in [1, 2] { sampler.see(Self.process(pid), Self.observation(held: 5)) }
        processes.refresh()
        #expect(lines.contains("gil_processes\(group)2"))
        processes.update([])
        #expect(lines.contains("gil_processes\(group)0"))
        sampler.see(Self.process(1), Self.observation(held: 7), .ended)
        _ = processes.supervise()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 12"#))
        #expect(Array(sampler.locations.keys) == [Self.process(2)])
        // Of the other the sampler says nothing until the next scan.
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
