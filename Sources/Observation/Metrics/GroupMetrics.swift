import Exposition
import Linux

/// The series of one group.
///
/// Every series is looked up once, because all processes are counted for each scrape. A counter is made when there is
/// something to count: what a C library hides has no series.
final class GroupMetrics {
    /// A series that shows a number of processes.
    private struct Level {
        let gauge: Gauge
        var count = 0
    }

    private let group: String
    private let metrics: ObservationMetrics
    /// By the row of ``ObservedMetric/all``.
    private var counters: [Counter?]
    private var gauges: [Gauge?]
    /// The values that the gauges are about to show, by row.
    private var values: [Double?]
    private var processes: [ObservedGroup.Kind: Level] = [:]
    private var unobservable: [UnobservableReason: Level] = [:]
    /// Made with the first process that is observed.
    private var saturated: Level?
    /// The process with the greatest demand.
    private var busiest: (observation: ProcessObservation, recent: ProcessObservation.Recent)?
    private let starts: Counter
    private let unobservedCPU: Counter
    private var oldestStart: Double?
    /// Processes that are neither observed nor known to be unobservable.
    private var starting = 0
    /// Whether the group has no process that is observed.
    private var isEmpty = true
    /// Whether the group has series without having had processes.
    private var isExpected = false
    private var identity: GroupIdentity?

    private static let rows = ObservedMetric.all.count
    private static let sampledCounters = samples { $0 == .counter }
    private static let scannedCounters = scans { $0 == .counter }
    private static let sampledGauges = samples { $0 == .sum || $0 == .minimum }
    private static let scannedGauges = scans { $0 == .sum || $0 == .minimum }

    /// The rows of the wanted kinds whose values come from samples.
    private static func samples(
        _ isWanted: (ObservedMetric.Kind) -> Bool
    ) -> [(row: Int, read: @Sendable (ProcessObservation) -> Double?)] {
        ObservedMetric.all.enumerated().compactMap { row, metric in
            if case .samples(let read) = metric.source, isWanted(metric.kind) { (row, read) } else { nil }
        }
    }

    /// The rows of the wanted kinds whose values come from scans.
    private static func scans(
        _ isWanted: (ObservedMetric.Kind) -> Bool
    ) -> [(row: Int, read: @Sendable (ProcessAccount.Usage) -> Double?)] {
        ObservedMetric.all.enumerated().compactMap { row, metric in
            if case .scans(let read) = metric.source, isWanted(metric.kind) { (row, read) } else { nil }
        }
    }

    init(_ metrics: ObservationMetrics, group: String) {
        self.metrics = metrics
        self.group = group
        counters = Array(repeating: nil, count: Self.rows)
        gauges = Array(repeating: nil, count: Self.rows)
        values = Array(repeating: nil, count: Self.rows)
        starts = metrics.starts(group)
        unobservedCPU = metrics.unobservedCPU(group)
    }

    // MARK: counters

    /// Counts the start of a process.
    func countStart() { starts.increment() }

    /// Counts CPU time that a process used before it was observed.
    func countUnobserved(_ cpu: CPUTime) {
        unobservedCPU.increment(by: cpu.sum.seconds)
    }

    /// Counts the observations of a process since an earlier one.
    func count(_ current: ProcessObservation, since previous: ProcessObservation?) {
        for (row, read) in Self.sampledCounters {
            guard let total = read(current) else { continue }
            // A total that was hidden, as before an execve(2), is not counted again.
            counter(row)?.increment(by: total - (previous.map { read($0) ?? total } ?? 0))
        }
    }

    /// Counts the usage of a process between two scans.
    func count(_ usage: ProcessAccount.Usage) {
        for (row, read) in Self.scannedCounters {
            if let amount = read(usage) { counter(row)?.increment(by: amount) }
        }
    }

    private func counter(_ row: Int) -> Counter? {
        if let known = counters[row] { return known }
        counters[row] = metrics.counter(of: ObservedMetric.all[row], group)
        return counters[row]
    }

    // MARK: identity

    /// - Parameter identity: nil for a group that is not of containers.
    func show(_ identity: GroupIdentity?) {
        guard identity != self.identity else { return }
        self.identity = identity
        metrics.identify(group, as: identity)
    }

    // MARK: gauges

    /// Gives the group series that are 0 while it has no processes.
    func expect() { isExpected = true }

    /// Only the series that every process has: a C library may hide waiters, and a kernel run queues.
    private func showAbsence() {
        guard isExpected, isEmpty, unobservable.values.allSatisfy({ $0.count == 0 }) else { return }
        let unknown = ProcessObservation(
            version: PythonVersion(major: 3, minor: 0, micro: 0),
            build: .gil,
            hidesWaiters: true
        )
        for row in 0..<Self.rows {
            let metric = ObservedMetric.all[row]
            let value =
                switch metric.source {
                case .samples(let value): value(unknown)
                case .scans(let value): value(ProcessAccount.Usage())
                }
            guard value != nil else { continue }
            switch metric.kind {
            case .counter: _ = counter(row)
            case .sum: if gauges[row] == nil { gauges[row] = metrics.gauge(of: metric, group) }
            case .minimum, .busiest: break
            }
        }
        saturated = saturated ?? Level(gauge: metrics.saturated(group))
        if processes.isEmpty { metrics.processesOfAbsentGroup(group).set(0) }
    }

    /// Begins to add up the processes that the group has now.
    func beginGauges() {
        isEmpty = true
        (busiest, oldestStart) = (nil, nil)
        saturated?.count = 0
        starting = 0
        for row in 0..<Self.rows { values[row] = nil }
        for index in processes.values.indices { processes.values[index].count = 0 }
        for index in unobservable.values.indices { unobservable.values[index].count = 0 }
    }

    /// Adds the start of a process, observed or not: Unix time.
    func add(start: Double) { oldestStart = min(oldestStart ?? start, start) }

    /// Adds an observed process.
    func add(_ observation: ProcessObservation, _ usage: ProcessAccount.Usage) {
        isEmpty = false
        addRecent(observation)
        let kind = ObservedGroup.Kind(
            version: observation.version,
            build: observation.build,
            isGILEnabled: observation.isGILEnabled
        )
        if processes.isEmpty, isExpected { metrics.removeProcessesOfAbsentGroup(group) }
        processes[
            kind,
            default: Level(gauge: metrics.processes(group, kind.version, kind.build, gil: kind.isGILEnabled))
        ].count += 1
        if observation.hidesWaiters { add(.libc) }
        for (row, read) in Self.sampledGauges {
            if let value = read(observation) { add(value, row) }
        }
        for (row, read) in Self.scannedGauges {
            if let value = read(usage) { add(value, row) }
        }
    }

    private func add(_ value: Double, _ row: Int) {
        let known = values[row]
        values[row] = ObservedMetric.all[row].kind == .minimum ? min(known ?? value, value) : (known ?? 0) + value
    }

    private func addRecent(_ observation: ProcessObservation) {
        guard let recent = observation.recent else { return }
        saturated = saturated ?? Level(gauge: metrics.saturated(group))
        if recent.isSaturated { saturated?.count += 1 }
        if let known = busiest?.recent, known.demand >= recent.demand { return }
        busiest = (observation, recent)
    }

    /// Adds a process that cannot be observed.
    func add(_ reason: UnobservableReason) {
        unobservable[reason, default: Level(gauge: metrics.unobservable(group, reason))].count += 1
    }

    /// Adds a process whose first sample is still to come.
    func addStarting() { starting += 1 }

    /// Shows the sums. A number that the group had before and has no more is 0.
    func showGauges() {
        showAbsence()
        for level in processes.values { level.gauge.set(Double(level.count)) }
        for level in unobservable.values { level.gauge.set(Double(level.count)) }
        if let saturated { saturated.gauge.set(Double(saturated.count)) }
        if let oldestStart {
            metrics.oldestStart(group).set(oldestStart)
        } else {
            metrics.removeOldestStart(group)
        }
        for row in 0..<Self.rows where ObservedMetric.all[row].kind != .counter {
            if let (observation, _) = busiest, ObservedMetric.all[row].kind == .busiest,
                case .samples(let value) = ObservedMetric.all[row].source
            {
                values[row] = value(observation)
            }
            if let value = values[row] {
                if gauges[row] == nil { gauges[row] = metrics.gauge(of: ObservedMetric.all[row], group) }
                gauges[row]?.set(value)
            } else if let gauge = gauges[row] {
                if isEmpty, ObservedMetric.all[row].kind == .sum {
                    gauge.set(0)
                } else {
                    // Not NaN, which would stay after the last of these processes has ended.
                    metrics.removeGauge(of: ObservedMetric.all[row], group)
                    gauges[row] = nil
                }
            }
        }
    }

    // MARK: overview

    /// The group as the gauges show it, without its history.
    var overview: ObservedGroup {
        var overview = ObservedGroup(name: group)
        overview.identity = identity
        overview.processes = processes.mapValues(\.count).filter { $0.value > 0 }
        overview.unobservable = unobservable.mapValues(\.count).filter { $0.value > 0 }
        overview.starting = starting
        overview.saturated = saturated?.count ?? 0
        overview.busiest = busiest?.recent
        overview.threads = isEmpty ? nil : Self.threads.flatMap { values[$0] }.map { Int($0) }
        overview.oldestStart = oldestStart
        overview.isExpected = isExpected
        return overview
    }

    /// The values of the counters.
    var totals: GroupHistory.Totals {
        GroupHistory.Totals(
            observed: total(Self.observed),
            active: total(Self.active),
            held: total(Self.held),
            wait: total(Self.wait),
            stalledWait: total(Self.stalledWait),
            longHeld: total(Self.longHeld),
            cpu: Self.cpu.compactMap(total).reduce(nil as Double?) { ($0 ?? 0) + $1 },
            runQueue: total(Self.runQueue),
            switches: total(Self.switches)
        )
    }

    private func total(_ row: Int?) -> Double? { row.flatMap { counters[$0]?.value } }

    private static let observed = row(of: .observed)
    private static let active = row(of: .active)
    private static let held = row(of: .held)
    private static let wait = row(of: .wait)
    private static let stalledWait = row(of: .stalledWait)
    private static let longHeld = row(of: .longHeld)
    private static let cpu = [row(of: .userTime), row(of: .systemTime)]
    private static let runQueue = row(of: .runQueue)
    private static let switches = row(of: .switches)
    private static let threads = row(of: .threads)

    private static func row(of metric: ObservedMetric) -> Int? {
        ObservedMetric.all.firstIndex { $0.key == metric.key && $0.label?.value == metric.label?.value }
    }
}
