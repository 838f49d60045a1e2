import Linux
import Observation

/// The document of `/api/v1/groups`: Documentation/groups-api.md.
package struct GroupsJSON: Encodable {
    private var host: String?
    private var version: String
    private var time: String
    private var usableCpus: Int?
    private var observing: Bool
    private var failure: String?
    private var seesOthers: Bool?
    private var limits: [Limit]?
    private var summary: String
    private var notices: [String]
    private var groups: [Group]

    /// Groups with their history. Encoding one takes half a millisecond, in which no scrape is answered.
    static let maxHistories = 100

    /// - Parameters:
    ///   - version: of the exporter.
    ///   - now: seconds since 1970.
    package static func encode(
        _ overview: ObservationOverview,
        host: String?,
        version: String,
        now: Double = KernelClock.unixTime()
    ) throws -> [UInt8] {
        try ReportJSON.encode(GroupsJSON(overview, host: host, version: version, now: now))
    }

    private init(_ overview: ObservationOverview, host: String?, version: String, now: Double) {
        self.host = host
        self.version = version
        time = Timestamp.rfc3339(milliseconds: Int64(now * 1000))
        usableCpus = overview.usableCPUs
        observing = overview.state == .on
        if case .failed(let reason) = overview.state { failure = reason }
        let scope = overview.scan?.scope
        seesOthers = scope.map { !$0.limits.contains(.hiddenProcesses) }
        limits = scope.map { scope in
            scope.limits.map { Limit(limit: $0.rawValue, reason: scope.reason($0), remedy: scope.remedy($0)) }
        }
        summary = overview.sentence
        notices = overview.notices
        groups = overview.rows.enumerated().map { place, row in
            Group(row, in: overview, hasHistory: place < Self.maxHistories)
        }
    }

    private struct Limit: Encodable {
        var limit: String
        var reason: String
        var remedy: String
    }

    private struct Group: Encodable {
        var group: String
        var identity: Identity?
        var verdict: Verdict
        var processes: Int
        var processesSaturated: Int?
        var interpreters: [Interpreter]
        var unobservable: [Unobservable]
        var threads: Int?
        var oldestStart: String?
        var busiest: Busiest?
        var lastMinute: Usage?
        var functions: [Function]?
        var history: History?

        init(_ row: ObservationOverview.Row, in overview: ObservationOverview, hasHistory: Bool) {
            let source = row.group
            group = source.name
            identity = source.identity.map(Identity.init)
            verdict = Verdict(row.verdict)
            processes = source.observed
            processesSaturated = source.observed > 0 ? source.saturated : nil
            interpreters = source.processes.map { Interpreter($0.key, $0.value) }
                .sorted { ($0.version, $0.build, $0.gil) < ($1.version, $1.build, $1.gil) }
            unobservable = source.unobservable.map {
                Unobservable(reason: $0.key.rawValue, processes: $0.value, remedy: overview.remedy(for: $0.key))
            }
            .sorted { $0.reason < $1.reason }
            threads = source.threads
            oldestStart = source.oldestStart.map { Timestamp.rfc3339(milliseconds: Int64($0 * 1000)) }
            busiest = source.busiest.map { Busiest(heldRatio: $0.held, waitRatio: $0.waiting) }
            lastMinute = source.usage.map(Usage.init)
            functions = row.functions.map { $0.map(Function.init) }
            history = hasHistory && !source.history.slots.isEmpty ? History(source.history.slots) : nil
        }
    }

    /// The labels of `gil_process_group_info` that are known.
    private struct Identity: Encodable {
        var namespace: String?
        var pod: String?
        var container: String?
        var containerId: String?
        var podUid: String?
        var runtime: String?

        init(_ source: GroupIdentity) {
            func known(_ text: String) -> String? { text.isEmpty ? nil : text }
            namespace = known(source.namespace)
            pod = known(source.pod)
            container = known(source.container)
            containerId = known(source.containerID)
            podUid = known(source.podUID)
            runtime = known(source.runtime)
        }
    }

    private struct Function: Encodable {
        var name: String
        var file: String?
        var line: Int32?
        var waitCausedSeconds: Double
        var waitCausedShare: Double
        var heldSeconds: Double

        init(_ source: CostlyFunction) {
            name = source.function.name
            (file, line) = source.function.line > 0 ? (source.function.file, source.function.line) : (nil, nil)
            waitCausedSeconds = .seconds(nanoseconds: source.cost.wait)
            waitCausedShare = source.share
            heldSeconds = .seconds(nanoseconds: source.cost.held)
        }
    }

    private struct Verdict: Encodable {
        var kind: String
        var text: String
        var moreCpus: Double?
        var runbook: String?

        init(_ verdict: GroupVerdict) {
            kind = verdict.kind.rawValue
            text = verdict.text
            moreCpus = verdict.moreCPUs
            runbook = verdict.runbook
        }
    }

    private struct Interpreter: Encodable {
        var version: String
        var build: String
        var gil: String
        var processes: Int

        init(_ kind: ObservedGroup.Kind, _ count: Int) {
            version = kind.version.description
            build = kind.build.rawValue
            gil = kind.isGILEnabled ? "on" : "off"
            processes = count
        }
    }

    private struct Unobservable: Encodable {
        var reason: String
        var processes: Int
        var remedy: String
    }

    private struct Busiest: Encodable {
        var heldRatio: Double
        var waitRatio: Double?
    }

    /// Lists, which take a tenth of the time and of the length of objects.
    private struct History: Encodable {
        var seconds: [Double]
        var heldRatio: [Double?]
        /// Nil if all values are unknown.
        var waitRatio: [Double?]?
        var cpuRatio: [Double?]?

        init(_ slots: [GroupUsage]) {
            func list(_ value: (GroupUsage) -> Double?) -> [Double?] { slots.map { $0.observed > 0 ? value($0) : nil } }
            seconds = slots.map(\.seconds)
            heldRatio = list(\.heldRatio)
            waitRatio = slots.allSatisfy { $0.wait == nil } ? nil : list(\.waitRatio)
            cpuRatio = slots.allSatisfy { $0.cpu == nil } ? nil : list(\.cpuRatio)
        }
    }

    private struct Usage: Encodable {
        var seconds: Double
        var heldRatio: Double
        var heldRatioPerProcess: Double?
        var waitRatio: Double?
        var stalledWaitRatio: Double?
        var longHoldRatio: Double?
        var demandRatio: Double?
        var cpuRatio: Double?
        var runQueueRatio: Double?
        var switchesPerSecond: Double

        init(_ usage: GroupUsage) {
            seconds = usage.seconds
            heldRatio = usage.heldRatio
            heldRatioPerProcess = usage.heldRatioPerProcess
            waitRatio = usage.waitRatio
            stalledWaitRatio = usage.stalledWaitRatio
            longHoldRatio = usage.longHeldRatio
            demandRatio = usage.demandRatio
            cpuRatio = usage.cpuRatio
            runQueueRatio = usage.runQueueRatio
            switchesPerSecond = usage.switchesPerSecond
        }
    }
}
