import Exposition
import Testing

@testable import Web

struct ScrapeGatheringTests {
    private let registry = Registry()
    private let gatherings: Counter

    init() {
        let gatherings = registry.counter("gatherings_total", help: "Gatherings.")
        registry.beforeGather { gatherings.increment() }
        self.gatherings = gatherings
    }

    private static let wish = ScrapeGathering.Wish(format: .text, families: nil, coding: .identity)

    @Test func `a scrape after the last one gathers again`() async {
        let gathering = ScrapeGathering(registry)
        for _ in 0..<3 { _ = await gathering.body(for: Self.wish) }
        #expect(gatherings.value == 3)
    }

    /// They run one after another on one thread until each waits, as requests do that arrive together.
    @MainActor
    @Test func `concurrent equal scrapes share one gathering`() async {
        let gathering = ScrapeGathering(registry)
        let tasks = (0..<10).map { _ in Task { @MainActor in await gathering.body(for: Self.wish) } }
        for task in tasks { _ = await task.value }
        #expect(gatherings.value == 1)
    }

    @Test func `scrapes of other families or formats do not share a gathering`() async {
        let gathering = ScrapeGathering(registry)
        let openMetrics = ScrapeGathering.Wish(format: .openMetrics, families: nil, coding: .identity)
        async let one = gathering.body(for: Self.wish)
        async let other = gathering.body(for: openMetrics)
        #expect(await one?.bytes != other?.bytes)
        #expect(gatherings.value == 2)
    }
}
