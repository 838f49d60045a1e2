import Exposition
import TestSupport
import Testing

@Suite("A histogram")
struct HistogramTests {
    @Test("counts a value in the first bucket whose bound it does not pass, and in all after it")
    func observes() {
        let registry = Registry()
        let histogram = registry.histogram("wait", help: "Waits.", buckets: [0, 0.5, 1])
        for value in [0, 0.5, 0.500001, 1, 1e9] { histogram.observe(value) }
        #expect(histogram.count == 5)
        #expect(histogram.sum == 1e9 + 2.000001)
        #expect(
            registry.text(.text).split(separator: "\n").dropFirst(2) == [
                #"wait_bucket{le="0.0"} 1"#, #"wait_bucket{le="0.5"} 2"#, #"wait_bucket{le="1.0"} 4"#,
                #"wait_bucket{le="+Inf"} 5"#, "wait_count 5", "wait_sum 1000000002.000001",
            ]
        )
    }

    @Test("takes no notice of what no duration can be", arguments: [-0.001, .nan, .infinity, -.infinity])
    func ignores(_ value: Double) {
        let histogram = Registry().histogram("wait", help: "Waits.", buckets: [1])
        histogram.observe(value)
        #expect(histogram.count == 0)
        #expect(histogram.sum == 0)
    }

    @Test("without bounds has the bucket up to infinity")
    func hasLastBucket() throws {
        let registry = Registry()
        registry.histogram("wait", help: "Waits.", buckets: []).observe(3)
        let document = try OpenMetricsDocument(Array(registry.text(.openMetrics).utf8))
        #expect(document["wait"]?.value("_bucket", ["le": "+Inf"]) == 1)
    }

    /// Every observation is 1, so a sum that is behind the count would be seen at once.
    @Test("shows in its sum whatever it counts, and counts the same everywhere, while others observe")
    func isConsistent() async {
        let registry = Registry()
        let histogram = registry.histogram("ones", help: "Ones.", buckets: [0.5, 1])
        let (tasks, rounds) = (3, 100_000)
        await withTaskGroup { group in
            for _ in 0..<tasks {
                group.addTask {
                    for _ in 0..<rounds { histogram.observe(1) }
                }
            }
            group.addTask {
                var count = 0.0
                while count < Double(tasks * rounds) {
                    let values = registry.text(.text).split(separator: "\n").dropFirst(2)
                        .compactMap { Double($0.split(separator: " ")[1]) }
                    #expect(values.count == 5)
                    #expect(values[0] == 0)
                    #expect(values[1] == values[2] && values[2] == values[3])
                    #expect(values[3] >= count)
                    #expect(values[4] >= values[3])
                    count = values[3]
                    await Task.yield()
                }
            }
        }
        #expect(histogram.sum == Double(tasks * rounds))
    }

    @Test("with bounds out of order ends the program")
    func refusesBounds() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Registry().histogram("wait", help: "Waits.", buckets: [1, 1])
        }
        #expect(result.says("the buckets of 'wait' must be finite, not negative and ascending: [1.0, 1.0]"))
    }
}
