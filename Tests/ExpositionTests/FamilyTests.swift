import Exposition
import Testing

struct FamilyTests {
    let registry = Registry()

    @Test func `a family has one instrument for each combination of label values`() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["runtime", "probe"])
        #expect(runs.with("native", "gil") === runs.with("native", "gil"))
        #expect(runs.with("native", "gil") !== runs.with("gil", "native"))
        #expect(runs.with("nativegil", "") !== runs.with("native", "gil"))
    }

    @Test func `a gauge is shown while its value is known`() {
        let load = registry.gauges("load", help: "Load.", labels: ["cpu"])
        load.show(0.5, "0")
        load.show(nil, "1")
        #expect(registry.text(.text).split(separator: "\n").dropFirst(2) == [#"load{cpu="0"} 0.5"#])
        load.show(nil, "0")
        #expect(registry.text(.text).isEmpty)
    }

    @Test func `a family is written in the order of its label values`() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["runtime", "probe"])
        for values in [("b", "a"), ("a!", "a"), ("a", "b"), ("", "z"), ("a", "a"), ("B", "a")] {
            runs.with(values.0, values.1)
        }
        let labels = registry.text(.text).split(separator: "\n").dropFirst(2)
        #expect(
            labels == [
                #"runs_total{runtime="",probe="z"} 0"#, #"runs_total{runtime="B",probe="a"} 0"#,
                #"runs_total{runtime="a",probe="a"} 0"#, #"runs_total{runtime="a",probe="b"} 0"#,
                #"runs_total{runtime="a!",probe="a"} 0"#, #"runs_total{runtime="b",probe="a"} 0"#,
            ]
        )
    }

    @Test func `a family compares label values by bytes, as Prometheus does`() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["path"])
        #expect("\u{E9}" == "e\u{301}")
        #expect(runs.with("\u{E9}") !== runs.with("e\u{301}"))
    }

    @Test func `a removed instrument is not shown, and starts at 0 when it returns`() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["runtime"])
        for runtime in ["a", "b", "c"] { runs.with(runtime).increment() }
        runs.remove("b")
        runs.remove("nobody")
        #expect(
            registry.text(.text).split(separator: "\n").dropFirst(2) == [
                #"runs_total{runtime="a"} 1"#, #"runs_total{runtime="c"} 1"#,
            ]
        )
        #expect(runs.with("b").value == 0)
        runs.remove { _ in true }
        #expect(registry.text(.text) == "")
    }

    @Test func `a hidden instrument is not shown, and has its current value when it returns`() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["runtime", "probe"])
        let kept = runs.with("a", "gil")
        for runtime in ["a", "b"] { runs.with(runtime, "gil").increment() }
        runs.hide { $0[0] == "a" }
        kept.increment()
        #expect(registry.text(.text).split(separator: "\n").dropFirst(2) == [#"runs_total{runtime="b",probe="gil"} 1"#])
        runs.hide { $0[1] == "gil" }
        #expect(registry.text(.text) == "")
        #expect(runs.with("a", "gil") === kept)
        #expect(registry.text(.text).split(separator: "\n").dropFirst(2) == [#"runs_total{runtime="a",probe="gil"} 2"#])
    }

    @Test func `instruments whose label values satisfy a predicate are removed`() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["runtime", "probe"])
        for values in [("a", "gil"), ("a", "single"), ("b", "gil")] { runs.with(values.0, values.1).increment() }
        runs.remove { $0 == ["a", "gil"] }
        #expect(
            registry.text(.text).split(separator: "\n").dropFirst(2) == [
                #"runs_total{runtime="a",probe="single"} 1"#, #"runs_total{runtime="b",probe="gil"} 1"#,
            ]
        )
        #expect(runs.with("a", "gil").value == 0)
    }

    @Test func `a family creates one instrument when many tasks look it up at once`() async {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["runtime"])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for runtime in 0..<200 { runs.with("\(runtime)").increment() }
                }
            }
        }
        for runtime in 0..<200 { #expect(runs.with("\(runtime)").value == 8) }
    }

    @Test func `invalid labels, or a wrong number of values, end the program`() async {
        let reserved = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Registry().gauges("level", help: "x", labels: ["le"])
        }
        #expect(reserved.says("'le' is not a label name for 'level'"))
        let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Registry().gauges("level", help: "x", labels: ["a", "a"])
        }
        #expect(twice.says("'level' has a label twice"))
        let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Registry().gauges("level", help: "x", labels: ["a", "b"]).with("c")
        }
        #expect(count.says(#"'level' has the labels ["a", "b"], not 1 values: ["c"]"#))
    }
}
