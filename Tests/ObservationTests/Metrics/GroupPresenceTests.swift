import Exposition
import Linux
import Testing

@testable import Observation

/// What is shown of a group that has no processes, or whose processes nobody knows.
struct GroupPresenceTests: ObservedProcessesSuite {
    let registry = Registry()
    let metrics: ObservationMetrics
    let sampler = FakeSampler()

    init() { metrics = ObservationMetrics(registry) }

    @Test func `an expected group is 0 while it has no processes`() {
        var processes = processes
        processes.update([], expected: ["shop"])
        for line in [
            #"gil_processes{group="shop",version="",build="",gil=""} 0"#,
            #"gil_process_held_seconds_total{group="shop"} 0"#,
            #"gil_process_threads{group="shop"} 0"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        // Its C library may hide waiters.
        #expect(!lines.contains { $0.hasPrefix("gil_process_wait_seconds_total{") })
        processes.update([Self.scanned(1)], expected: ["shop"])
        sampler.see(Self.process(1), Self.observation(held: 5))
        processes.refresh()
        #expect(!lines.contains { $0.contains(#"version="""#) })
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 5"#))
        processes.update([], expected: ["shop"])
        #expect(lines.contains(#"gil_processes{group="shop",version="3.11.2",build="gil",gil="on"} 0"#))
    }

    @Test func `the end of an observation leaves counters, and no gauge that claims to know`() {
        var processes = processes
        processes.update([Self.scanned(1)], expected: ["shop"])
        sampler.see(Self.process(1), Self.observation(held: 5, recent: .init(held: 0.95, waiting: 2)))
        processes.refresh()
        processes.removeAll()
        metrics.forgetPresent()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 5"#))
        #expect(lines.filter { $0.contains(#"{group="shop"#) && !$0.contains("_total{") } == [])
    }

    @Test func `an expected group whose processes cannot be read is not 0`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), nil, .unobservable(.permission))
        processes.update([Self.scanned(1)], expected: ["shop"])
        #expect(!lines.contains { $0.hasPrefix("gil_processes{") || $0.hasPrefix("gil_process_held_seconds_total{") })
    }

    @Test func `a group that was removed has no series, and counts from 0 when it comes back`() {
        var processes = processes
        processes.update([Self.scanned(1), Self.scanned(2, group: "stays")])
        sampler.see(Self.process(1), Self.observation(held: 5))
        sampler.see(Self.process(2), Self.observation(held: 6))
        processes.update([Self.scanned(2, group: "stays")], retired: ["shop"])
        #expect(!lines.contains { $0.contains(#"group="shop""#) })
        #expect(lines.contains(#"gil_process_held_seconds_total{group="stays"} 6"#))
        processes.update([Self.scanned(3), Self.scanned(2, group: "stays")])
        sampler.see(Self.process(3), Self.observation(held: 1))
        processes.refresh()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 1"#))
    }

    @Test func `gauges of a group whose last process has ended are 0 or absent`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        processes.refresh()
        // Its C library hides waiters from then on, and then it ends.
        sampler.see(Self.process(1), Self.observation(held: 6, hidesWaiters: true))
        processes.refresh()
        #expect(!lines.contains { $0.hasPrefix("gil_process_waiting_threads{") })
        processes.update([])
        let gauges = lines.filter { $0.hasPrefix("gil_process") && !$0.contains("_total") }
        #expect(!gauges.isEmpty)
        #expect(gauges.allSatisfy { $0.hasSuffix(" 0") }, "\(gauges)")
        #expect(!gauges.contains { $0.hasPrefix("gil_process_switch_interval_seconds") })
    }
}
