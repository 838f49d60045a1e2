import Exposition
import Glibc
import Linux
import Testing

@testable import Observation

struct ObservedProcessesTests: ObservedProcessesSuite {
    let registry = Registry()
    let metrics: ObservationMetrics
    let sampler = FakeSampler()

    init() { metrics = ObservationMetrics(registry) }

    @Test func `a group has the sum of its processes`() {
        var processes = processes
        processes.update([Self.scanned(1), Self.scanned(2)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        sampler.see(Self.process(2), Self.observation(held: 6))
        processes.refresh()
        for line in [
            #"gil_processes{group="shop",version="3.11.2",build="gil",gil="on"} 2"#,
            #"gil_process_held_seconds_total{group="shop"} 11"#,
            #"gil_process_wait_seconds_total{group="shop"} 14"#,
            #"gil_process_waiting_threads{group="shop"} 4"#,
            #"gil_process_switches_total{group="shop"} 20"#,
            #"gil_process_waits_ended_total{group="shop"} 16"#,
            #"gil_process_timed_waits_total{group="shop"} 40"#,
            #"gil_process_forced_handoffs_total{group="shop"} 18"#,
            #"gil_process_switch_interval_seconds{group="shop"} 0.005"#,
            #"gil_process_cpu_seconds_total{group="shop",mode="user"} 4"#,
            #"gil_process_cpu_seconds_total{group="shop",mode="system"} 2"#,
            #"gil_process_run_queue_seconds_total{group="shop"} 6"#,
            #"gil_process_threads{group="shop"} 8"#,
            #"gil_process_interpreters{group="shop"} 2"#,
            #"gil_process_samples_total{group="shop"} 200"#,
            #"gil_process_observed_seconds_total{group="shop"} 20"#,
            #"gil_process_active_seconds_total{group="shop"} 16"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `a group in containers has one series that identifies it, until it is retired`() throws {
        var processes = processes
        func identity(_ id: Character) throws -> GroupIdentity {
            let path = "/kubepods/pod\(ContainerIdentityTests.uid)/crio-\(String(repeating: id, count: 64))"
            var names = PodNames.Names()
            (names.namespace, names.pod, names.container) = ("shop", "web-0", "app")
            return GroupIdentity(try #require(ContainerIdentity(path: path)), names)
        }
        func line(_ id: Character) -> String {
            #"gil_process_group_info{group="shop/web-0/app",namespace="shop",pod="web-0",container="app","#
                + "container_id=\"cri-o://\(String(repeating: id, count: 64))\","
                + "pod_uid=\"\(ContainerIdentityTests.uid)\",runtime=\"cri-o\"} 1"
        }
        var info: [String] { lines.filter { $0.hasPrefix("gil_process_group_info{") } }
        let old = Self.scanned(1, group: "shop/web-0/app", identity: try identity("a"))
        processes.update([old, Self.scanned(2)])
        #expect(info == [line("a")])
        // The container restarts.
        let new = Self.scanned(3, group: "shop/web-0/app", startTime: 9, identity: try identity("b"))
        processes.update([old, new])
        #expect(info == [line("b")])
        processes.update([])
        #expect(info == [line("b")])
        processes.update([], retired: ["shop/web-0/app"])
        #expect(info.isEmpty)
    }

    @Test func `time with and without a CPU is counted beside the CPU time`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        var seen = Self.observation(held: 9)
        func value(_ name: String) -> Double? {
            lines.filter { $0.hasPrefix("gil_process_\(name){") }.compactMap { Double($0.split(separator: " ")[1]) }
                .reduce(nil as Double?) { ($0 ?? 0) + $1 }
        }
        for (onCPU, stalled, cpu) in [(2, 1, 3), (5, 2, 6), (8, 2, 9), (8, 3, 9)] {
            seen.holders = HolderTotals(onCPU: .seconds(onCPU), stalledWait: .seconds(stalled))
            seen.cpu = CPUTime(user: .seconds(cpu - 1), system: .seconds(1))
            sampler.see(Self.process(1), seen)
            processes.refresh()
            #expect(value("held_on_cpu_seconds_total") == Double(onCPU))
            #expect(value("stalled_wait_seconds_total") == Double(stalled))
            #expect(value("cpu_seconds_total") == Double(cpu))
        }
    }

    @Test func `waiting threads are compared with the threads of the same moment`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        var crowded = Self.observation(held: 5)
        (crowded.threads, crowded.waitingThreads) = (31, 30)
        sampler.see(Self.process(1), crowded)
        processes.refresh()
        #expect(lines.contains(#"gil_process_threads{group="shop"} 31"#), "the scan saw 4")
        #expect(lines.contains(#"gil_process_waiting_threads{group="shop"} 30"#))
    }

    @Test func `the busiest process of a group stands out from the idle ones`() {
        var processes = processes
        processes.update((1...8).map { Self.scanned($0) })
        for pid in Int32(1)...7 {
            sampler.see(Self.process(pid), Self.observation(held: 1, recent: .init(held: 0.9, waiting: 0.5)))
        }
        sampler.see(Self.process(8), Self.observation(held: 9, recent: .init(held: 0.95, waiting: 2.5)))
        processes.refresh()
        #expect(lines.contains(#"gil_processes_saturated{group="shop"} 1"#))
        #expect(lines.contains(#"gil_process_busiest_held_ratio{group="shop"} 0.95"#))
        #expect(lines.contains(#"gil_process_busiest_waiting_threads{group="shop"} 2.5"#))
        // One thread computes all the time in another process, which no thread waits for.
        sampler.see(Self.process(7), Self.observation(held: 9, recent: .init(held: 1, waiting: 0)))
        processes.refresh()
        #expect(lines.contains(#"gil_processes_saturated{group="shop"} 2"#))
        #expect(lines.contains(#"gil_process_busiest_held_ratio{group="shop"} 0.95"#))
        // The C library hides waiters.
        for pid in Int32(1)...8 {
            let recent = ProcessObservation.Recent(held: pid == 8 ? 0.95 : 0.2, waiting: nil)
            sampler.see(Self.process(pid), Self.observation(held: 9, hidesWaiters: true, recent: recent))
        }
        processes.refresh()
        #expect(lines.contains(#"gil_process_busiest_held_ratio{group="shop"} 0.95"#))
        #expect(!lines.contains { $0.hasPrefix("gil_process_busiest_waiting_threads{") })
        processes.update([])
        #expect(lines.contains(#"gil_processes_saturated{group="shop"} 0"#))
        #expect(!lines.contains { $0.hasPrefix("gil_process_busiest_held_ratio{") })
    }

    @Test func `the overview of a group agrees with its metrics`() throws {
        var processes = processes
        processes.update([Self.scanned(1), Self.scanned(2), Self.scanned(3)], expected: ["web"])
        #expect(processes.overview.first { $0.name == "shop" }?.starting == 3)
        sampler.see(Self.process(1), Self.observation(held: 5, recent: .init(held: 0.95, waiting: 2)))
        sampler.see(Self.process(2), Self.observation(held: 6, hidesWaiters: true))
        sampler.see(Self.process(3), nil, .unobservable(.permission))
        processes.refresh()
        let shop = try #require(processes.overview.first { $0.name == "shop" })
        #expect((shop.observed, shop.starting, shop.saturated, shop.threads) == (2, 0, 1, 8))
        #expect(shop.unobservable == [.permission: 1, .libc: 1])
        #expect(shop.unobserved == [.permission: 1])
        #expect(shop.busiest == .init(held: 0.95, waiting: 2))
        let totals = try #require(processes.totals["shop"])
        #expect((totals.held, totals.wait, totals.cpu, totals.runQueue) == (11, 7, 6, 6))
        #expect((totals.observed, totals.active, totals.switches) == (20, 16, 20))
        let web = try #require(processes.overview.first { $0.name == "web" })
        #expect(web.isExpected && web.observed == 0 && web.threads == nil && web.busiest == nil)
    }

    @Test func `processes that start under observation are counted once, and the oldest one gives its time`() throws {
        var processes = processes
        let ticks = UInt64(sysconf(Int32(_SC_CLK_TCK)))
        let now = KernelClock.boot() / 1_000_000_000
        let old = Self.scanned(1)
        let new = [2, 3].map { Self.scanned($0, startTime: (now + 60) * ticks) }
        processes.update([old])
        #expect(lines.contains(#"gil_process_starts_total{group="shop"} 0"#))
        for _ in 1...2 { processes.update([old] + new) }
        #expect(lines.contains(#"gil_process_starts_total{group="shop"} 2"#))
        let start = { (lines: [String]) throws -> Double in
            let line = try #require(lines.first { $0.hasPrefix("gil_process_oldest_start_time_seconds{") })
            return try #require(Double(line.split(separator: " ")[1]))
        }
        let boot = KernelClock.unixTime() - Double(now)
        #expect(abs(try start(lines) - boot) < 5)
        processes.update(new)
        #expect(abs(try start(lines) - KernelClock.unixTime() - 60) < 5)
        processes.update([])
        #expect(lines.contains(#"gil_process_starts_total{group="shop"} 2"#))
        #expect(!lines.contains { $0.hasPrefix("gil_process_oldest_start_time_seconds{") })
    }

    @Test func `CPU time before the first sample is counted once, of processes that start under observation`() {
        var processes = processes
        let ticks = UInt64(sysconf(Int32(_SC_CLK_TCK)))
        let new = Self.scanned(2, startTime: (KernelClock.boot() / 1_000_000_000 + 60) * ticks)
        processes.update([Self.scanned(1)])
        processes.add([new])
        sampler.see(Self.process(1), Self.observation(held: 5))
        for _ in 1...2 {
            sampler.see(new.process, Self.observation(held: 5))
            processes.refresh()
            #expect(lines.contains(#"gil_process_unobserved_cpu_seconds_total{group="shop"} 0.75"#))
            #expect(lines.contains(#"gil_process_cpu_seconds_total{group="shop",mode="user"} 4"#))
        }
    }

    @Test func `a process that ends between two scans is forgotten, and stays counted`() {
        var processes = processes
        processes.update([Self.scanned(1), Self.scanned(2)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        sampler.see(Self.process(2), Self.observation(held: 8), .ended)
        let isSampling = processes.supervise().isSampling
        #expect(isSampling)
        #expect(Array(sampler.locations.keys) == [Self.process(1)])
        processes.refresh()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 13"#))
        #expect(lines.contains(#"gil_processes{group="shop",version="3.11.2",build="gil",gil="on"} 1"#))
    }

    /// The sampler of this test takes a sample whenever it is read.
    @Test func `a scrape reads the sampler once, so all its values are of one instant`() {
        var processes = processes
        processes.update([Self.scanned(1), Self.scanned(2)])
        sampler.advance = { number in
            SamplerPublication(
                processes: [Self.process(1), Self.process(2)].reduce(into: [:]) { processes, process in
                    processes[process] = TrackedProcess(
                        state: .observed,
                        observation: Self.observation(held: number)
                    )
                },
                effectiveRate: Double(number),
                cpuTime: .seconds(number),
                passes: SamplingPasses(count: UInt64(number), late: UInt64(number), missed: .seconds(number))
            )
        }
        for _ in 0..<3 {
            let reads = sampler.reads
            processes.refresh()
            #expect(sampler.reads == reads + 1)
            let number = reads + 1
            for line in [
                #"gil_process_held_seconds_total{group="shop"} \#(2 * number)"#,
                "gil_exporter_observation_sample_rate \(number)",
                "gil_exporter_observation_cpu_seconds_total \(number)",
                "gil_exporter_observation_rounds_total \(number)",
                "gil_exporter_observation_late_rounds_total \(number)",
                "gil_exporter_observation_missed_seconds_total \(number)",
            ] {
                #expect(lines.contains(line), "\(line)")
            }
        }
    }

    @Test func `a process stays counted after its end`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        processes.refresh()
        sampler.see(Self.process(1), Self.observation(held: 8), .ended)
        processes.update([])
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 8"#))
        #expect(lines.contains(#"gil_processes{group="shop",version="3.11.2",build="gil",gil="on"} 0"#))
        #expect(lines.contains(#"gil_process_threads{group="shop"} 0"#))
        #expect(sampler.locations.isEmpty)
        processes.update([Self.scanned(2)])
        sampler.see(Self.process(2), Self.observation(held: 1))
        processes.refresh()
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 9"#))
    }

    @Test func `a process whose C library hides waiters has no series of them, and is counted for that reason`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), Self.observation(held: 5, hidesWaiters: true))
        processes.refresh()
        #expect(lines.contains(#"gil_process_unobservable{group="shop",reason="libc"} 1"#))
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 5"#))
        for family in [
            "wait_seconds_total", "stalled_wait_seconds_total", "waits_ended_total", "timed_waits_total",
            "forced_handoffs_total", "waiting_threads",
        ] {
            #expect(!lines.contains { $0.hasPrefix("gil_process_\(family){") }, "\(family)")
        }
    }

    @Test func `waiting that was counted is not counted again after a C library that hides it`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        for hidesWaiters in [false, true, false] {
            sampler.see(Self.process(1), Self.observation(held: 5, hidesWaiters: hidesWaiters))
            processes.refresh()
            #expect(lines.contains(#"gil_process_wait_seconds_total{group="shop"} 7"#))
        }
    }

    @Test func `a process that cannot be read is counted only by its reason`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), nil, .unobservable(.permission))
        processes.refresh()
        #expect(processes.unobservable == [.permission: 1])
        #expect(lines.contains(#"gil_process_unobservable{group="shop",reason="permission"} 1"#))
        #expect(!lines.contains { $0.hasPrefix("gil_process_cpu_seconds_total{") })
        sampler.see(Self.process(1), Self.observation(held: 1))
        processes.refresh()
        #expect(lines.contains(#"gil_process_unobservable{group="shop",reason="permission"} 0"#))
    }

    @Test func `an interpreter that has moved with execve is read at its new location`() {
        var processes = processes
        processes.update([Self.scanned(1, runtime: 1)])
        processes.update([Self.scanned(1, runtime: 2)])
        #expect(sampler.locations[Self.process(1)]?.runtime == 2)
    }

    @Test func `what a process did before it changed its group stays there`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        processes.refresh()
        sampler.see(Self.process(1), Self.observation(held: 7))
        processes.update([Self.scanned(1, group: "late")])
        sampler.see(Self.process(1), Self.observation(held: 8))
        processes.update([Self.scanned(1, group: "late")])
        processes.refresh()
        for line in [
            #"gil_process_held_seconds_total{group="shop"} 7"#,
            #"gil_process_held_seconds_total{group="late"} 1"#,
            #"gil_process_run_queue_seconds_total{group="shop"} 6"#,
            #"gil_process_run_queue_seconds_total{group="late"} 3"#,
            #"gil_processes{group="shop",version="3.11.2",build="gil",gil="on"} 0"#,
            #"gil_processes{group="late",version="3.11.2",build="gil",gil="on"} 1"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `a process that did not answer gets its own group when it does`() {
        var processes = processes
        let silent = ScannedProcess(
            process: Self.process(1),
            interpreter: .failure(.unresponsive),
            group: "python3",
            usage: nil
        )
        processes.update([silent])
        #expect(lines.contains(#"gil_process_unobservable{group="python3",reason="unresponsive"} 1"#))
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        processes.refresh()
        #expect(lines.contains(#"gil_process_unobservable{group="python3",reason="unresponsive"} 0"#))
        #expect(lines.contains(#"gil_process_held_seconds_total{group="shop"} 5"#))
    }

    @Test func `only counters have names that end in _total`() {
        var processes = processes
        processes.update([Self.scanned(1)])
        sampler.see(Self.process(1), Self.observation(held: 5))
        processes.refresh()
        let families = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
        #expect(families.count > 15)
        for family in families {
            #expect(family[2].hasSuffix("_total") == (family[3] == "counter"), "\(family[2])")
            #expect(!family[2].hasSuffix("_count"), "\(family[2])")
        }
    }

    /// They are label values that users' alerts name.
    @Test func `the reasons of unobservable processes have their documented names`() {
        let names = UnobservableReason.allCases.map(\.rawValue)
        let documented = [
            "permission", "version", "prerelease", "layout", "impossible", "image", "libc", "unresponsive", "limit",
            "architecture", "syscall",
        ]
        #expect(names == documented)
    }
}
