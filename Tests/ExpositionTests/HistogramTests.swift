import TestSupport
import Testing

@testable import Exposition

struct HistogramTests {
    @Test func `a histogram counts a value in every bucket whose bound it does not exceed`() {
        let registry = Registry()
        let histogram = registry.histograms("wait", help: "Waits.", labels: [], buckets: [0, 0.5, 1]).with()
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

    @Test(arguments: [-0.001, .nan, .infinity, -.infinity])
    func `a histogram ignores negative and infinite values, and NaN`(_ value: Double) {
        let histogram = Registry().histograms("wait", help: "Waits.", labels: [], buckets: [1]).with()
        histogram.observe(value)
        #expect(histogram.count == 0)
        #expect(histogram.sum == 0)
    }

    @Test func `a histogram without bounds has one bucket`() throws {
        let registry = Registry()
        registry.histograms("wait", help: "Waits.", labels: [], buckets: []).with().observe(3)
        let document = try OpenMetricsDocument(Array(registry.text(.openMetrics).utf8))
        #expect(document["wait"]?.value("_bucket", ["le": "+Inf"]) == 1)
    }

    /// Every observation is 1, so a sum that is behind the count would be seen at once.
    @Test func `a histogram is consistent while other tasks observe`() async {
        let registry = Registry()
        let histogram = registry.histograms("ones", help: "Ones.", labels: [], buckets: [0.5, 1]).with()
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

    @Test func `a histogram with bounds out of order ends the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Registry().histograms("wait", help: "Waits.", labels: [], buckets: [1, 1]).with()
        }
        #expect(result.says("the buckets of 'wait' must be finite, not negative and ascending: [1.0, 1.0]"))
    }
}

struct BucketBoundTests {
    /// The first two lines are the specification's own examples, "Canonical Numbers" and "Histogram".
    @Test(
        arguments: [
            "0.0", "0.001", "0.002", "0.01", "0.1", "0.9", "0.95", "0.99", "0.999", "1.0", "1.7", "10.0",
            "1e-10", "1e-09", "1e-05", "0.0001", "100000.0", "1e+06", "1e+10", "1e+23", "1.1e+23", "+Inf",
            "0.00012", "1.5e-05", "123456.0", "123456.5", "999999.0", "999999.5", "1.234567e+06", "1.2345675e+06",
            "9.007199254740991e+15", "1e+15", "1e+16", "1.8014398509481984e+16", "1e+100", "5e-324",
        ]
    )
    func `a bucket's bound is the canonical number of OpenMetrics`(_ text: String) throws {
        #expect(try OpenMetricsSample.number(text[...]).bucketBound == text)
    }
}
