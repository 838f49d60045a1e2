import Exposition
import Linux
import Testing

@testable import Observation

struct ProcessPopulationTests {
    private let registry = Registry()
    private let metrics: ObservationMetrics
    private let sampler = FakeSampler()

    init() { metrics = ObservationMetrics(registry) }

    private var population: ProcessPopulation { ProcessPopulation(metrics: metrics, sampler: sampler) }

    private var lines: [String] {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return String(decoding: buffer, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func process(_ pid: Int32) -> ProcessIdentity { ProcessIdentity(pid: pid, startTime: 5) }

    private static func sighting(_ pid: Int32, group: String = "shop", runtime: UInt64 = 1) -> ProcessCensus.Sighting {
        let location = InterpreterLocation(process: process(pid), runtime: runtime, version: nil, libc: .unknown)
        let increment = ProcessAccount.Increment(
            user: .seconds(2),
            system: .seconds(1),
            runQueue: .seconds(3),
            threads: 4
        )
        return ProcessCensus.Sighting(
            process: process(pid),
            interpreter: .success(location),
            group: group,
            increment: increment
        )
    }

    private static func observation(held: Int, hidesWaiters: Bool = false) -> ProcessObservation {
        ProcessObservation(
            version: PythonVersion(major: 3, minor: 11, micro: 2),
            build: .gil,
            isGILEnabled: true,
            interpreters: 1,
            switchInterval: .milliseconds(5),
            observed: .seconds(10),
            held: .seconds(held),
            wait: hidesWaiters ? nil : .seconds(7),
            waitingThreads: hidesWaiters ? nil : 2,
            samples: 100,
            switches: 10,
            waits: hidesWaiters ? nil : 20,
            forcedHandoffs: hidesWaiters ? nil : 9
        )
    }

    @Test func `a group has the sum of its processes`() {
        var population = population
        population.update([Self.sighting(1), Self.sighting(2)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        sampler.see(Self.process(2), Self.observation(held: 6))
        population.refresh()
        for line in [
            #"gil_processes{group="shop",version="3.11.2",build="gil",gil="on"} 2"#,
            #"gil_process_held_seconds_total{group="shop"} 11"#,
            #"gil_process_wait_seconds_total{group="shop"} 14"#,
            #"gil_process_waiting_threads{group="shop"} 4"#,
            #"gil_process_switches_total{group="shop"} 20"#,
            #"gil_process_waits_total{group="shop"} 40"#,
            #"gil_process_forced_handoffs_total{group="shop"} 18"#,
            #"gil_process_switch_interval_seconds{group="shop"} 0.005"#,
            #"gil_process_cpu_seconds_total{group="shop",mode="user"} 4"#,
            #"gil_process_cpu_seconds_total{group="shop",mode="system"} 2"#,
            #"gil_process_run_queue_seconds_total{group="shop"} 6"#,
            #"gil_process_threads{group="shop"} 8"#,
            #"gil_process_interpreters{group="shop"} 2"#,
            #"gil_process_samples_total{group="shop"} 200"#,
            #"gil_exporter_observation_cpu_seconds_total 0.02"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `what a process did stays counted after its end`() {
        var population = population
        population.update([Self.sighting(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        population.refresh()
        sampler.see(Self.process(1), Self.observation(held: 8), .ended)
        population.update([])
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 8"#))
        #expect(lines.contains(#"gil_processes{group="shop",version="3.11.2",build="gil",gil="on"} 0"#))
        #expect(lines.contains(#"gil_process_threads{group="shop"} 0"#))
        #expect(sampler.processes.isEmpty)
        population.update([Self.sighting(2)])
        sampler.see(Self.process(2), Self.observation(held: 1))
        population.refresh()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 9"#))
    }

    @Test func `a process whose library hides its waiters has no series of theirs, and says why`() {
        var population = population
        population.update([Self.sighting(1)])
        sampler.see(Self.process(1), Self.observation(held: 5, hidesWaiters: true))
        population.refresh()
        #expect(lines.contains(#"gil_process_unobservable{group="shop",reason="libc"} 1"#))
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 5"#))
        for family in ["wait_seconds_total", "waits_total", "forced_handoffs_total", "waiting_threads"] {
            #expect(!lines.contains { $0.hasPrefix("gil_process_\(family){") }, "\(family)")
        }
    }

    @Test func `a process that cannot be read is counted by reason and nothing else`() {
        var population = population
        population.update([Self.sighting(1)])
        sampler.see(Self.process(1), nil, .unobservable(.permission))
        population.refresh()
        #expect(population.unobservable == [.permission: 1])
        #expect(lines.contains(#"gil_process_unobservable{group="shop",reason="permission"} 1"#))
        #expect(!lines.contains { $0.hasPrefix("gil_process_cpu_seconds_total{") })
        sampler.see(Self.process(1), Self.observation(held: 1))
        population.refresh()
        #expect(lines.contains(#"gil_process_unobservable{group="shop",reason="permission"} 0"#))
    }

    @Test func `an interpreter that is elsewhere after execve is read there`() {
        var population = population
        population.update([Self.sighting(1, runtime: 1)])
        population.update([Self.sighting(1, runtime: 2)])
        #expect(sampler.places[Self.process(1)]?.runtime == 2)
    }

    @Test func `a group that is no more has no series, and counts from 0 when it comes back`() {
        var population = population
        population.update([Self.sighting(1), Self.sighting(2, group: "stays")])
        sampler.see(Self.process(1), Self.observation(held: 5))
        sampler.see(Self.process(2), Self.observation(held: 6))
        population.update([Self.sighting(2, group: "stays")], retired: ["shop"])
        #expect(!lines.contains { $0.contains(#"group="shop""#) })
        #expect(lines.contains(#"gil_process_held_seconds_total{group="stays"} 6"#))
        population.update([Self.sighting(3), Self.sighting(2, group: "stays")])
        sampler.see(Self.process(3), Self.observation(held: 1))
        population.refresh()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 1"#))
    }

    @Test func `gauges of a group whose last process has ended are 0 or absent`() {
        var population = population
        population.update([Self.sighting(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        population.refresh()
        // Its C library is hidden from then on, and then it ends.
        sampler.see(Self.process(1), Self.observation(held: 6, hidesWaiters: true))
        population.refresh()
        #expect(!lines.contains { $0.hasPrefix("gil_process_waiting_threads{") })
        population.update([])
        let gauges = lines.filter { $0.hasPrefix("gil_process") && !$0.contains("_total") }
        #expect(!gauges.isEmpty)
        #expect(gauges.allSatisfy { $0.hasSuffix(" 0") }, "\(gauges)")
    }

    @Test func `a process that did not answer is in its own group when it does`() {
        var population = population
        let silent = ProcessCensus.Sighting(
            process: Self.process(1),
            interpreter: .failure(.unresponsive),
            group: "python3",
            increment: nil
        )
        population.update([silent])
        #expect(lines.contains(#"gil_process_unobservable{group="python3",reason="unresponsive"} 1"#))
        population.update([Self.sighting(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        population.refresh()
        #expect(lines.contains(#"gil_process_unobservable{group="python3",reason="unresponsive"} 0"#))
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 5"#))
    }

    @Test func `names, help and units satisfy promtool's rules`() {
        var population = population
        population.update([Self.sighting(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        population.refresh()
        let families = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
        #expect(families.count > 15)
        for family in families {
            #expect(family[2].hasSuffix("_total") == (family[3] == "counter"), "\(family[2])")
            #expect(!family[2].hasSuffix("_count"), "\(family[2])")
        }
    }
}
