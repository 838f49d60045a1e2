import Foundation
import TestSupport
import Testing

@testable import Observation
@testable import Reports

struct GroupsJSONTests {
    private typealias Object = [String: Any]

    private static let overview: ObservationOverview = {
        var gone = ObservedGroup(name: "gone")
        gone.history = GroupHistory.Record(lastMinute: nil, slots: [GroupUsage(seconds: 10)])
        var bound = ObservedGroup.bound
        (bound.oldestStart, bound.threads) = (1_795_461_305, 9)
        var facts = ScopeFacts()
        facts.hasPIDNamespace = true
        return ObservationOverview(
            [bound, .denied("denied"), gone],
            usableCPUs: 4,
            scan: ScanReport(scope: ObservationScope(facts)),
            remedy: "grant it"
        )
    }()

    private func document(_ overview: ObservationOverview = overview) throws -> [String: Any] {
        let json = try GroupsJSON.encode(overview, host: "web-7", version: "0.1.0", now: 1_795_461_380.25)
        return try #require(JSONSerialization.jsonObject(with: Data(json)) as? Object)
    }

    @Test func `a group has its verdict and its figures`() throws {
        let document = try document()
        #expect(document["time"] as? String == "2026-11-23T19:16:20.250Z")
        #expect(document["usable_cpus"] as? Int == 4)
        #expect(document["sees_others"] as? Bool == true)
        let limits = try #require(document["limits"] as? [Object])
        #expect(limits.compactMap { $0["limit"] as? String } == ["pid_namespace"])
        #expect(Set(limits[0].keys) == ["limit", "reason", "remedy"])
        let groups = try #require(document["groups"] as? [Object])
        #expect(groups.compactMap { $0["group"] as? String } == ["bound", "denied", "gone"])
        let verdict = try #require(groups[0]["verdict"] as? Object)
        #expect(verdict["kind"] as? String == "lock")
        #expect(verdict["more_cpus"] as? Double == 2.3)
        #expect(verdict["runbook"] as? String == "GILBoundProcesses")
        let minute = try #require(groups[0]["last_minute"] as? Object)
        #expect(minute["demand_ratio"] as? Double == 3.3)
        #expect(minute["stalled_wait_ratio"] as? Double == 0)
        #expect(minute["switches_per_second"] as? Double == 100)
        #expect(groups[0]["oldest_start"] as? String == "2026-11-23T19:15:05.000Z")
        let history = try #require(groups[0]["history"] as? Object)
        #expect(history["seconds"] as? [Double] == [60])
        #expect(history["held_ratio"] as? [Double] == [1])
        #expect(history["wait_ratio"] as? [Double] == [2.3])
    }

    @Test func `with profiles, a group has the functions that make others wait`() throws {
        let overview = ObservationOverview([.bound, .idle], profiles: ["bound": .example], usableCPUs: 4)
        let groups = try #require(try document(overview)["groups"] as? [Object])
        let functions = try #require(groups[0]["functions"] as? [Object])
        #expect(functions.compactMap { $0["name"] as? String } == ["work<1>", "parse", "<unknown>", "cheap"])
        #expect(functions[0]["file"] as? String == "/srv/<a>.py" && functions[0]["line"] as? Int == 4)
        #expect(functions[0]["wait_caused_seconds"] as? Double == 60)
        #expect(functions[0]["wait_caused_share"] as? Double == 0.6)
        #expect(functions[0]["held_seconds"] as? Double == 10)
        #expect(Set(functions[2].keys) == ["name", "wait_caused_seconds", "wait_caused_share", "held_seconds"])
        #expect((groups[1]["functions"] as? [Object])?.isEmpty == true)
    }

    @Test func `a group of a pod has the labels of its info metric that are known`() throws {
        var group = ObservedGroup.bound
        var identity = GroupIdentity()
        (identity.namespace, identity.pod, identity.container) = ("shop", "web-0", "app")
        (identity.containerID, identity.podUID) = ("containerd://beef", "0a1b")
        group.identity = identity
        let groups = try #require(try document(ObservationOverview([group], usableCPUs: 4))["groups"] as? [Object])
        let known = ["namespace": "shop", "pod": "web-0", "container": "app", "container_id": "containerd://beef"]
        #expect(groups[0]["identity"] as? [String: String] == known.merging(["pod_uid": "0a1b"]) { $1 })
    }

    @Test func `an unknown value has no key`() throws {
        let groups = try #require(try document()["groups"] as? [Object])
        #expect(Set(groups[1].keys) == ["group", "verdict", "processes", "interpreters", "unobservable"])
        let blind = try #require(groups[1]["unobservable"] as? [Object])
        #expect(blind.first?["remedy"] as? String == "grant it")
        let history = try #require(groups[2]["history"] as? Object)
        #expect(Set(history.keys) == ["seconds", "held_ratio"])
        #expect((history["held_ratio"] as? [Any])?.first is NSNull)
        #expect(try document(ObservationOverview([], usableCPUs: nil))["usable_cpus"] == nil)
    }

    @Test func `of hundreds of groups those that need attention have their history`() throws {
        let idle = (0..<300).map { number in
            var group = ObservedGroup.idle
            group.name = "idle-\(number)"
            return group
        }
        let groups = try document(ObservationOverview(idle + [.bound], usableCPUs: 4, scan: ScanReport()))["groups"]
        let listed = try #require(groups as? [Object])
        #expect(listed.count == 301)
        #expect(
            listed.map { $0["history"] != nil } == Array(repeating: true, count: 100)
                + Array(repeating: false, count: 201)
        )
        #expect(listed.allSatisfy { $0["last_minute"] != nil })
        #expect(listed.first?["group"] as? String == "bound")
    }

    @Test func `every key and every verdict is documented`() throws {
        let page = try String(contentsOfFile: "\(Repository.path)/Documentation/groups-api.md", encoding: .utf8)
        var keys = Set<String>()
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                keys.formUnion(object.keys)
                object.values.forEach(collect)
            } else if let array = value as? [Any] {
                array.forEach(collect)
            }
        }
        collect(try document())
        collect(try document(ObservationOverview([], state: .failed("x"), usableCPUs: 1)))
        #expect(keys.count > 30)
        #expect(keys.filter { !page.contains("`\($0)`") && !page.contains("\"\($0)\"") }.sorted() == [])
        #expect(GroupVerdict.Kind.allCases.filter { !page.contains("`\($0.rawValue)`") }.isEmpty)
    }
}
