import Exposition
import Testing

@testable import Web

@Suite("Gathering")
struct ScrapeGatheringTests {
    private let registry = Registry()
    private let gatherings: Counter

    init() {
        let gatherings = registry.counter("gatherings_total", help: "Gatherings.")
        registry.beforeGather { gatherings.increment() }
        self.gatherings = gatherings
    }

    private static let wish = ScrapeGathering.Wish(format: .text, families: nil, coding: .identity)

    @Test("is done anew for each who asks after the last")
    func anew() async {
        let gathering = ScrapeGathering(registry)
        for _ in 0..<3 { _ = await gathering.body(for: Self.wish) }
        #expect(gatherings.value == 3)
    }

    /// They run one after another on one thread until each waits, as requests do that arrive together.
    @MainActor
    @Test("is shared by those who ask together")
    func shared() async {
        let gathering = ScrapeGathering(registry)
        let tasks = (0..<10).map { _ in Task { @MainActor in await gathering.body(for: Self.wish) } }
        for task in tasks { _ = await task.value }
        #expect(gatherings.value == 1)
    }

    @Test("is not shared by those who ask for something else")
    func different() async {
        let gathering = ScrapeGathering(registry)
        let openMetrics = ScrapeGathering.Wish(format: .openMetrics, families: nil, coding: .identity)
        async let one = gathering.body(for: Self.wish)
        async let other = gathering.body(for: openMetrics)
        #expect(await one?.bytes != other?.bytes)
        #expect(gatherings.value == 2)
    }
}
