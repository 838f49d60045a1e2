import Testing

@testable import Observation
@testable import Reports

struct ObservationOverviewTests {
    private func overview(
        _ groups: [ObservedGroup],
        cpus: Int? = 4,
        scan: ScanReport? = ScanReport()
    ) -> ObservationOverview {
        ObservationOverview(groups, usableCPUs: cpus, scan: scan, remedy: "grant it")
    }

    @Test func `groups that need attention come first, then those with the most demand`() {
        let rows = overview([
            .idle, .denied("denied"), .steady("room", held: 0.3, wait: 0, cpu: 0.3),
            .steady("more room", held: 0.4, wait: 0.1, cpu: 0.4), .bound, ObservedGroup(name: "gone"),
            .steady("very bound", held: 1, wait: 3, cpu: 1, saturated: 1),
        ]).rows
        #expect(
            rows.map(\.group.name) == ["very bound", "bound", "more room", "room", "idle", "denied", "gone"]
        )
    }

    @Test func `idle groups keep their order, however little they do`() {
        let groups = [0.04, 0.001, 0.02].enumerated().map { number, load in
            ObservedGroup.steady("idle-\(number)", held: load, wait: 0, cpu: load)
        }
        #expect(overview(groups.reversed()).rows.map(\.group.name) == ["idle-0", "idle-1", "idle-2"])
    }

    @Test func `CPUs that one group uses are not free for another`() throws {
        let loads = (1...3).map { ObservedGroup.steady("load-\($0)", held: 1, wait: 0, cpu: 1) }
        let alone = try #require(overview([.bound]).rows.first)
        #expect(alone.verdict.moreCPUs == 2.3)
        let beside = try #require(overview([.bound] + loads.prefix(2)).rows.first)
        #expect(beside.verdict.moreCPUs == 1)
        let full = try #require(overview([.bound] + loads).rows.first)
        #expect(full.verdict.text == "bound by its lock, but no CPU is free to use without it")
        #expect(overview([.bound], cpus: nil).rows.first?.verdict.moreCPUs == 2.3)
    }

    @Test func `the headline counts what limits the services`() {
        #expect(overview([.bound, .idle]).sentence == "Of 2 services, 1 is bound by its lock")
        let all = overview([
            .bound, .bound, .denied("x"), .idle, .steady(held: 1, wait: 0, cpu: 1, saturated: 1),
            .steady(held: 1, wait: 0, cpu: 1, runQueue: 2), ObservedGroup(name: "gone"),
        ])
        #expect(
            all.sentence
                == "Of 6 services, 2 are bound by their locks, 1 waits for CPUs, 1 has a lock that is always held "
                + "and 1 cannot be observed"
        )
        let both = ObservedGroup.steady(held: 1, wait: 2, stalled: 1, cpu: 0.5, runQueue: 1)
        #expect(overview([both]).sentence == "Of 1 service, 1 waits for CPUs and for its lock")
        #expect(overview([.idle]).sentence == "1 service: no lock limits it")
        #expect(overview([ObservedGroup(name: "gone")]).sentence == "No Python process is running here")
        #expect(overview([], scan: nil).sentence == "The first scan for Python processes is running")
        var starting = ObservedGroup(name: "new")
        starting.starting = 1
        #expect(overview([starting]).sentence == "1 service: being measured")
        #expect(ObservationOverview([], state: .off, usableCPUs: 1).sentence.contains("observation.enabled is false"))
        #expect(ObservationOverview([], state: .failed("no /proc"), usableCPUs: 1).sentence.hasSuffix("no /proc"))
    }

    @Test func `what the exporter cannot see is said, with the remedy`() {
        #expect(overview([.bound]).notices.isEmpty)
        var facts = ScopeFacts()
        facts.showsInit = false
        let blind = ScanReport(
            scope: ObservationScope(facts),
            blindness: .unresponsive,
            stretchedInterval: .seconds(20),
            overflow: 3
        )
        let notices = overview([], scan: blind).notices
        #expect(notices.count == 4)
        #expect(notices[0].contains("/proc hides the processes of other users"))
        #expect(notices[0].hasSuffix(": grant it."))
        #expect(notices[3].contains("every 20 s"))
        let limited = overview([], scan: ScanReport(scope: ObservationScope(facts)))
        #expect(limited.sentence == "No Python process is visible to the exporter")
        #expect(overview([], scan: ScanReport(blindness: .noThread)).notices.first?.contains("thread") == true)
    }

    @Test func `processes that cannot be observed are listed by group and reason`() {
        var mixed = ObservedGroup.bound
        mixed.unobservable = [.version: 1, .libc: 2]
        let overview = overview([mixed, .denied("b"), .denied("a")])
        let listed = overview.blind.map { "\($0.group) \($0.reason) \($0.processes)" }
        #expect(listed == ["a permission 2", "b permission 2", "bound version 1"])
        #expect(overview.remedy(for: .permission) == "grant it")
        #expect(UnobservableReason.allCases.allSatisfy { !overview.remedy(for: $0).isEmpty })
    }
}
