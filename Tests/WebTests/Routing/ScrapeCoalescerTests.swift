import Exposition
import Testing

@testable import Web

struct ScrapeCoalescerTests {
    private let registry = Registry()
    private let gatherings: Counter

    init() {
        let gatherings = registry.counter("gatherings_total", help: "Gatherings.")
        registry.beforeGather { gatherings.increment() }
        self.gatherings = gatherings
    }

    private static let key = ScrapeCoalescer.Key(format: .text, families: nil, coding: .identity)

    @Test func `a scrape after the last one gathers again`() async {
        let coalescer = ScrapeCoalescer(registry)
        for _ in 0..<3 { _ = await coalescer.body(for: Self.key) }
        #expect(gatherings.value == 3)
    }

    /// On one thread, each scrape runs until it waits, like requests that arrive together.
    @MainActor
    @Test func `concurrent equal scrapes share one gathering`() async {
        let coalescer = ScrapeCoalescer(registry)
        let tasks = (0..<10).map { _ in Task { @MainActor in await coalescer.body(for: Self.key) } }
        for task in tasks { _ = await task.value }
        #expect(gatherings.value == 1)
    }

    @Test func `scrapes of other families or formats do not share a gathering`() async {
        let coalescer = ScrapeCoalescer(registry)
        let openMetrics = ScrapeCoalescer.Key(format: .openMetrics, families: nil, coding: .identity)
        async let one = coalescer.body(for: Self.key)
        async let other = coalescer.body(for: openMetrics)
        #expect(await one?.bytes != other?.bytes)
        #expect(gatherings.value == 2)
    }
}
