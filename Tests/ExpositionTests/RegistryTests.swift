import Exposition
import Glibc
import Synchronization
import TestSupport
import Testing

struct RegistryTests {
    @Test(
        arguments: [
            (Format.text, "example.prom"), (.openMetrics, "example.openmetrics"),
        ]
    )
    func `an exposition looks like its golden file`(_ format: Format, _ golden: String) throws {
        #expect(Example.text(format) == (try Golden.text(golden)))
    }

    @Test func `a strict reader of OpenMetrics finds the values in an exposition`() throws {
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

    @Test func `an empty registry is a valid exposition`() throws {
        #expect(Registry().text(.text) == "")
        #expect(Registry().text(.openMetrics) == "# EOF\n")
    }

    @Test func `an exposition is appended to the buffer`() {
        var buffer = Array("before\n".utf8)
        Registry().write(.openMetrics, into: &buffer)
        #expect(String(decoding: buffer, as: UTF8.self) == "before\n# EOF\n")
    }

    @Test(
        arguments: [
            ("gil_probe_duration_seconds", "gil_probe_duration_seconds"),
            ("gil_probe_duration_seconds_bucket", "gil_probe_duration_seconds"),
            ("gil_probe_duration_seconds_count", "gil_probe_duration_seconds"),
            ("gil_probe_failures", "gil_probe_failures"), ("gil_probe_failures_total", "gil_probe_failures"),
            ("gil_runtime", "gil_runtime"), ("gil_runtime_info", "gil_runtime"), ("test_extremes", "test_extremes"),
        ],
        Format.allCases
    )
    func `families are chosen by any of their names in either format`(
        _ choice: (name: String, family: String),
        _ format: Format
    ) {
        let types = Example.text(format, families: [choice.name]).split(separator: "\n")
            .filter { $0.hasPrefix("# TYPE ") }
        #expect(types.count == 1)
        #expect(types.first?.hasPrefix("# TYPE \(choice.family)") == true)
    }

    @Test func `unknown names choose nothing, and several names choose their union`() {
        #expect(Example.text(.text, families: ["gil"]) == "")
        #expect(Example.text(.openMetrics, families: []) == "# EOF\n")
        let both = Example.text(.text, families: ["test_extremes", "nonsense", "process_resident_memory_bytes"])
        #expect(both.hasPrefix("# TYPE process_resident_memory_bytes gauge\n"))
        #expect(both.contains("\n# TYPE test_extremes gauge\n"))
    }

    @Test func `a refresh runs before each gathering, which shows its update`() {
        let registry = Registry()
        let gauge = registry.gauge("refreshed", help: "Gatherings so far.")
        registry.beforeGather { gauge.add(1) }
        #expect(registry.text(.text).hasSuffix("refreshed 1\n"))
        #expect(registry.text(.text).hasSuffix("refreshed 2\n"))
    }

    @Test func `a refresh may add instruments and families, which the next gathering shows`() {
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

    @Test func `expositions are valid and complete while many tasks create, update and gather`() async throws {
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

    @Test func `two families with a possible sample name in common end the program`() async {
        let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let registry = Registry()
            _ = registry.counter("runs_total", help: "x")
            _ = registry.counter("runs_total", help: "x")
        }
        #expect(twice.says(#"'runs_total' and 'runs_total' both claim ["runs", "runs_created", "runs_total"]"#))
        let gaugeBesideHistogram = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let registry = Registry()
            _ = registry.histograms("runs", help: "x", labels: [], buckets: []).with()
            _ = registry.gauge("runs_count", help: "x")
        }
        #expect(gaugeBesideHistogram.says(#"'runs_count' and 'runs' both claim ["runs_count"]"#))
    }
}

private final class Flag: Sendable {
    private let raised = Atomic(true)

    /// True the first time.
    func take() -> Bool { raised.exchange(false, ordering: .relaxed) }
}

@Suite(.enabled(if: Promtool.isInstalled, "needs promtool (Debian: prometheus)"))
struct PromtoolTests {
    @Test func `promtool accepts the golden file of the text format`() {
        #expect(Promtool.check(Golden.path("example.prom")) == Promtool.Finding(text: "", status: 0))
    }

    @Test func `promtool finds problems in another file`() {
        let finding = Promtool.check(Golden.path("example.openmetrics"))
        #expect(finding?.status != 0)
        #expect(finding?.text.isEmpty == false)
    }
}

private enum Promtool {
    struct Finding: Equatable {
        var text: String
        var status: CInt
    }

    static var isInstalled: Bool {
        unsafe system("command -v promtool >/dev/null") == 0
    }

    /// What `promtool check metrics` says of a file, and how it ended; nil if it could not be run.
    static func check(_ path: String) -> Finding? {
        guard let pipe = unsafe popen("promtool check metrics < '\(path)' 2>&1", "r") else { return nil }
        var text: [UInt8] = []
        while case let byte = unsafe fgetc(pipe), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
        return Finding(text: String(decoding: text, as: UTF8.self), status: unsafe pclose(pipe))
    }
}
