import Foundation
import Probing
import TestSupport
import Testing

@testable import Reports

struct RoundHistoryJSONTests {
    private typealias Object = [String: Any]

    private func document(_ contents: RoundHistory.Contents, next: Duration? = nil) throws -> [String: Any] {
        let json = try RoundHistoryJSON.encode(
            contents,
            host: "web-7",
            version: "0.1.0",
            timeToNextRound: next
        )
        #expect(json.last == UInt8(ascii: "\n"))
        return try #require(JSONSerialization.jsonObject(with: Data(json)) as? Object)
    }

    private func objects(_ key: String, of object: [String: Any]) throws -> [[String: Any]] {
        try #require(object[key] as? [Object])
    }

    @Test func `each run has its results, in base units`() throws {
        let rounds = try objects("rounds", of: document(RecordedHistory.contents))
        let round = try #require(rounds.first)
        #expect(round["number"] as? Int == 7)
        #expect(round["finished"] as? String == "2026-11-23T19:15:05.250Z")
        #expect(round["cpu_seconds"] as? Double == 1.5)
        let gil = try #require(objects("runs", of: round).first { $0["probe"] as? String == "gil" })
        #expect(gil["runtime"] as? String == "python3")
        #expect(gil["worker_count"] as? Int == 2)
        #expect(gil["workers"] == nil, "the history keeps no ledgers of single workers")
        #expect(gil["setup_seconds"] as? Double == 0.002)
        #expect(gil["duration_seconds"] as? Double == 0.1)
        #expect(gil["speedup_ratio"] as? Double == 1)
        #expect(gil["efficiency_ratio"] as? Double == 0.5)
        #expect(gil["cpu_utilization_ratio"] as? Double == 0.5)
        #expect(gil["cpu_ratio"] as? Double == 0.5)
        #expect(gil["lock_wait_ratio"] as? Double == 0.5)
        #expect(gil["disturbances"] as? [String] == ["steal", "throttled"])
    }

    @Test func `an unknown value has no key`() throws {
        let document = try document(RecordedHistory.contents)
        #expect(document["next_round_seconds"] == nil)
        let round = try #require(objects("rounds", of: document).first)
        let runs = try objects("runs", of: round)
        #expect(runs.allSatisfy { $0["run_queue_ratio"] == nil })
        #expect(Set(runs[2].keys) == ["runtime", "probe", "failure"])
        #expect(runs[2]["failure"] as? [String: String] == ["reason": "timeout", "detail": "late"])
        let runtimes = try objects("runtimes", of: document)
        #expect(Set(runtimes[1].keys) == ["name"])
        // A runtime that did not describe itself ran no probe.
        let mute = try #require(objects("failures", of: document).first)
        #expect(Set(mute.keys) == ["time", "runtime", "seconds", "reason", "detail", "stderr"])
    }

    @Test func `a run that is not a countdown has results of its own`() throws {
        let round = try #require(objects("rounds", of: document(RecordedHistory.contents)).first)
        let runs = try objects("runs", of: round)
        let counts = try #require(runs.first { $0["probe"] as? String == "refcount" })
        #expect(try objects("reference_counts", of: counts).count == 4)
        let latency = try #require(runs.first { $0["probe"] as? String == "latency" }?["latency"] as? Object)
        let shared = try #require(objects("locks", of: latency).first)
        #expect(shared["count"] as? Int == 48, "the history keeps no delays, but their number")
        #expect(shared["median_seconds"] as? Double == 0.0051)
    }

    @Test func `runtimes, the current run and failures are described`() throws {
        let document = try document(RecordedHistory.contents)
        let python = try #require(objects("runtimes", of: document).first)
        #expect(python["version"] as? String == "3.11.2")
        #expect(python["free_threaded"] as? Bool == false)
        #expect(python["unsupported"] as? [String: String] == ["lockfree": "this build has a GIL"])
        let running = try #require(document["running"] as? [String: Any])
        #expect(running["probe"] as? String == "gil")
        #expect((running["done"] as? Int, running["total"] as? Int) == (1, 3))
        let failure = try #require(objects("failures", of: document).last)
        #expect(failure["probe"] as? String == "multiprocess")
        #expect(failure["seconds"] as? Double == 0)
        #expect(failure["stderr"] as? String == "slow")
    }

    @Test func `the document is complete before the first round`() throws {
        let document = try document(RecordedHistory.empty, next: .milliseconds(2500))
        #expect(
            Set(document.keys) == [
                "host", "version", "runtimes", "next_round_seconds", "stretched", "rounds", "failures",
            ]
        )
        #expect(document["next_round_seconds"] as? Double == 2.5)
    }

    @Test func `every key is documented`() throws {
        let page = try String(contentsOfFile: "\(Repository.path)/Documentation/rounds-api.md", encoding: .utf8)
        var keys = Set<String>()
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                keys.formUnion(object.keys)
                // Its keys are the names of probes.
                for (key, value) in object where key != "unsupported" { collect(value) }
            } else if let array = value as? [Any] {
                array.forEach(collect)
            }
        }
        collect(try document(RecordedHistory.contents, next: .seconds(1)))
        #expect(keys.count > 30)
        #expect(keys.filter { !page.contains("`\($0)`") && !page.contains("\"\($0)\"") }.sorted() == [])
    }
}
