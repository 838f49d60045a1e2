import Exposition
import TestSupport
import Testing

/// What is written is what is read, for any label values and numbers. Tests/EndToEndTests/RoundTripTests.swift asks
/// Prometheus.
struct RoundTripTests {
    private static let seeds: [UInt64] = [1, 2, 3, 4]

    @Test(arguments: seeds) func `a strict reader of OpenMetrics finds each random series as it was set`(
        seed: UInt64
    ) throws {
        let random = RandomRegistry(seed: seed, series: 100)
        let document = try OpenMetricsDocument(random.bytes(.openMetrics))
        let samples = document.families.flatMap(\.samples)
        #expect(samples.count == random.samples.count)
        #expect(samples.compactMap { random.difference(of: $0.name, $0.labels, $0.value) } == [])
        #expect(document["random_value"]?.help == "A \"value\"\nof any \\ bits.")
    }

    @Test(arguments: seeds) func `a strict reader of the text format finds each random series as it was set`(
        seed: UInt64
    ) throws {
        let random = RandomRegistry(seed: seed, series: 100)
        let document = try TextDocument(random.bytes(.text))
        #expect(document.samples.count == random.samples.count)
        #expect(document.samples.compactMap { random.difference(of: $0.name, $0.labels, $0.value) } == [])
        #expect(document.helps["random_value"] == "A \"value\"\nof any \\ bits.")
    }

    @Test func `random histograms add up`() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            let registry = Registry()
            let bounds = Set((0..<8).map { _ in Double.random(in: 0...1, using: &generator) }).sorted()
            let histogram = registry.histograms(
                "random_seconds",
                help: "x",
                unit: .seconds,
                labels: [],
                buckets: bounds
            )
            .with()
            let values = (0..<100).map { _ in Double.random(in: -0.1...1.2, using: &generator) }
            for value in values { histogram.observe(value) }
            var bytes: [UInt8] = []
            registry.write(.openMetrics, into: &bytes)
            let family = try #require(try OpenMetricsDocument(bytes)["random_seconds"])
            let counted = values.filter { $0 >= 0 }
            #expect(family.value("_count") == Double(counted.count))
            #expect(family.value("_sum") == counted.reduce(0, +))
            let buckets = family.samples.filter { $0.name == "random_seconds_bucket" }
            for bucket in buckets {
                let bound = try #require(bucket.labels["le"].flatMap { Double($0) })
                #expect(bucket.value == Double(counted.count { $0 <= bound }), "up to \(bound)")
            }
        }
    }
}
