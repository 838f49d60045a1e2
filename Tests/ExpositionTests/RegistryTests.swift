import Exposition
import Synchronization
import TestSupport
import Testing

@Suite("The registry")
struct RegistryTests {
    @Test(
        "An exposition looks like its golden file",
        arguments: [
            (Format.text, "example.prom"), (.openMetrics, "example.openmetrics"),
        ]
    )
    func matchesGolden(_ format: Format, _ golden: String) throws {
        #expect(Example.text(format) == (try Golden.text(golden)))
    }

    @Test("A strict reader of OpenMetrics finds in an exposition what was put into it")
    func isValidOpenMetrics() throws {
        let document = try OpenMetricsDocument(Array(Example.text(.openMetrics).utf8))

        let failures = try #require(document["gil_probe_failures"])
        #expect(failures.type == "counter")
        #expect(failures.value("_total", ["runtime": "C:\\py\"thon\"\n3", "reason": "crash"]) == 1)
        let setup = try #require(document["gil_probe_setup_seconds"])
        #expect(setup.unit == "seconds")
        #expect(setup.help == "Time to create workers, \"before\" the barrier; \\ and\na second line.")
        #expect(setup.value("_total") == 0.000025)
        let speedups = try #require(document["gil_probe_last_speedup_ratio"])
        #expect(speedups.value("", ["runtime": "native", "probe": "gil"]) == 0.1 + 0.2)
        #expect(speedups.value("", ["runtime": "python3.11", "probe": "gil"])?.isNaN == true)
        let build = try #require(document["gil_exporter_build"])
        #expect(build.type == "info")
        #expect(build.value("_info", ["version": "1.0.0", "revision": ""]) == 1)
    }

    @Test("An empty registry is a valid exposition")
    func writesNothing() throws {
        #expect(Registry().text(.text) == "")
        #expect(Registry().text(.openMetrics) == "# EOF\n")
    }

    @Test("An exposition is appended to what the buffer holds")
    func appends() {
        var buffer = Array("before\n".utf8)
        Registry().write(.openMetrics, into: &buffer)
        #expect(String(decoding: buffer, as: UTF8.self) == "before\n# EOF\n")
    }

    @Test(
        "Families are chosen by any name that a query or either format has for them",
        arguments: [
            ("gil_probe_duration_seconds", "gil_probe_duration_seconds"),
            ("gil_probe_duration_seconds_bucket", "gil_probe_duration_seconds"),
            ("gil_probe_duration_seconds_count", "gil_probe_duration_seconds"),
            ("gil_probe_failures", "gil_probe_failures"), ("gil_probe_failures_total", "gil_probe_failures"),
            ("gil_runtime", "gil_runtime"), ("gil_runtime_info", "gil_runtime"), ("test_extremes", "test_extremes"),
        ],
        Format.allCases
    )
    func choosesFamilies(_ choice: (name: String, family: String), _ format: Format) {
        let types = Example.text(format, families: [choice.name]).split(separator: "\n")
            .filter { $0.hasPrefix("# TYPE ") }
        #expect(types.count == 1)
        #expect(types.first?.hasPrefix("# TYPE \(choice.family)") == true)
    }

    @Test("Names that nothing has choose nothing, and all of them together choose their union")
    func choosesSeveralFamilies() {
        #expect(Example.text(.text, families: ["gil"]) == "")
        #expect(Example.text(.openMetrics, families: []) == "# EOF\n")
        let both = Example.text(.text, families: ["test_extremes", "nonsense", "process_resident_memory_bytes"])
        #expect(both.hasPrefix("# TYPE process_resident_memory_bytes gauge\n"))
        #expect(both.contains("\n# TYPE test_extremes gauge\n"))
    }

    @Test("What is registered to run before a gathering runs before each, and is seen in it")
    func refreshes() {
        let registry = Registry()
        let gauge = registry.gauge("refreshed", help: "Gatherings so far.")
        registry.beforeGather { gauge.add(1) }
        #expect(registry.text(.text).hasSuffix("refreshed 1\n"))
        #expect(registry.text(.text).hasSuffix("refreshed 2\n"))
    }

    @Test("What runs before a gathering may add instruments and families, which are in the next at the latest")
    func refreshDeclares() {
        let registry = Registry()
        let workers = registry.gauges("workers", help: "By runtime.", labels: ["runtime"])
        registry.beforeGather { workers.with("native").set(2) }
        #expect(registry.text(.text).hasSuffix("workers{runtime=\"native\"} 2\n"))

        let isFirst = Flag()
        registry.beforeGather {
            if isFirst.take() { _ = registry.gauge("late", help: "Declared late.") }
        }
        _ = registry.text(.text)
        #expect(registry.text(.text).contains("late 0\n"))
    }

    @Test("Every exposition is valid, and nothing is lost, while many tasks create, update and gather")
    func isValidUnderConcurrency() async throws {
        let registry = Registry()
        let events = registry.counters("events_total", help: "Events.", labels: ["event"])
        let sizes = registry.histograms("sizes", help: "Sizes.", labels: ["event"], buckets: [1, 2, 3])
        let level = registry.gauge("level", help: "Tasks that still create.")
        let (tasks, rounds) = (3, 200)
        level.set(Double(tasks))

        try await withThrowingTaskGroup { group in
            for _ in 0..<tasks {
                group.addTask {
                    for round in 0..<rounds {
                        events.with("\(round)").increment()
                        sizes.with("\(round % 10)").observe(Double(round % 5))
                    }
                    level.add(-1)
                }
            }
            group.addTask {
                var buffer: [UInt8] = []
                var creating = Double(tasks)
                while creating > 0 {
                    creating = level.value
                    buffer.removeAll(keepingCapacity: true)
                    registry.write(.openMetrics, into: &buffer)
                    _ = try OpenMetricsDocument(buffer)
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }

        for round in 0..<rounds { #expect(events.with("\(round)").value == Double(tasks)) }
        #expect((0..<10).reduce(0) { $0 + sizes.with("\($1)").count } == UInt64(tasks * rounds))
    }

    @Test("Two families that could have a sample of the same name end the program")
    func refusesClashes() async {
        let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let registry = Registry()
            _ = registry.counter("runs_total", help: "x")
            _ = registry.counter("runs_total", help: "x")
        }
        #expect(twice.says(#"'runs_total' and 'runs_total' both lay claim to ["runs", "runs_created", "runs_total"]"#))
        let gaugeBesideHistogram = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let registry = Registry()
            _ = registry.histogram("runs", help: "x", buckets: [])
            _ = registry.gauge("runs_count", help: "x")
        }
        #expect(gaugeBesideHistogram.says(#"'runs_count' and 'runs' both lay claim to ["runs_count"]"#))
    }
}

private final class Flag: Sendable {
    private let raised = Atomic(true)

    /// True the first time.
    func take() -> Bool { raised.exchange(false, ordering: .relaxed) }
}
