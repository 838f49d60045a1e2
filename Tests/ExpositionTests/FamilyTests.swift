import Exposition
import Testing

@Suite("A family")
struct FamilyTests {
    let registry = Registry()

    @Test("has one instrument for each combination of label values")
    func keepsInstruments() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["runtime", "probe"])
        #expect(runs.with("native", "gil") === runs.with("native", "gil"))
        #expect(runs.with("native", "gil") !== runs.with("gil", "native"))
        #expect(runs.with("nativegil", "") !== runs.with("native", "gil"))
    }

    @Test("is written in the order of its label values, whatever order they came in")
    func sortsSamples() {
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

    @Test("tells label values apart by their bytes, as Prometheus does")
    func distinguishesBytes() {
        let runs = registry.counters("runs_total", help: "Runs.", labels: ["path"])
        #expect("\u{E9}" == "e\u{301}")
        #expect(runs.with("\u{E9}") !== runs.with("e\u{301}"))
    }

    @Test("no longer shows what was removed, and starts it at 0 when it comes back")
    func removes() {
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
        runs.removeAll()
        #expect(registry.text(.text) == "")
    }

    @Test("does not show what is hidden, and shows it again as it is by then when somebody asks for it")
    func hides() {
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

    @Test("removes what has such label values, for good")
    func removesMatches() {
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

    @Test("makes one instrument however many ask for it at once")
    func makesOneInstrument() async {
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

    @Test("with wrong labels, or asked for with the wrong number of values, ends the program")
    func refusesLabels() async {
        let reserved = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Registry().gauges("level", help: "x", labels: ["le"])
        }
        #expect(reserved.says("'le' is no label name for 'level'"))
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
