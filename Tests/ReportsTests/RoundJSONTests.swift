import FoundationEssentials
import Probing
import Testing

@testable import Reports

struct RoundJSONTests {
    @Test func `a round has its cost and its runs, in the order in which they were run`() throws {
        let document = try decoded()
        #expect(document.cpuSeconds == 1.5)
        #expect((document.number, document.finished) == (0, "2026-11-23T19:15:05.250Z"))
        #expect(document.runs.map(\.runtime) == ["native", "python3", "native", "python3", "python3"])
        #expect(document.runs.map(\.probe) == ["lockfree", "gil", "single", "single", "multiprocess"])
    }

    @Test func `a measurement is in base units`() throws {
        let run = try decoded().runs[1]
        #expect(run.setupSeconds == 0.002)
        #expect(run.durationSeconds == 0.252)
        #expect(run.speedupRatio == 1)
        #expect(run.efficiencyRatio == 0.5)
        #expect(run.workerCount == 2)
        #expect(run.lockWaitRatio == 0.5)
        #expect(abs((run.runQueueRatio ?? 0) - 0.04) < 1e-9)
        #expect(abs((run.cpuUtilizationRatio ?? 0) - 0.46) < 1e-9)
        #expect(run.disturbances == ["affinity", "steal"])
        #expect(run.failure == nil)
        let worker = try #require(run.workers?.first)
        #expect(run.workers?.count == 2)
        #expect(worker.iterations == 1000)
        #expect(worker.wallSeconds == 0.252)
        #expect(worker.runQueueSeconds == 0.01008)
        #expect(worker.lockWaitSeconds == 0.126)
        #expect(worker.voluntarySwitches == 1)
        #expect(worker.involuntarySwitches == 2)
    }

    @Test func `an unknown value has no key`() throws {
        let run = try decoded().runs[3]
        #expect(run.lockWaitRatio == nil)
        #expect(run.workers?.first?.runQueueSeconds == nil)
    }

    @Test func `a failure has its reason, a sentence, and the standard error of the worker`() throws {
        let run = try decoded().runs[4]
        #expect(run.failure?.reason == "crash")
        #expect(run.failure?.detail == "the worker died of signal 11")
        #expect(run.failure?.stderr == "no luck")
        #expect(run.durationSeconds == nil)
        #expect((run.workerCount == nil, run.workers == nil) == (true, true))
    }

    @Test func `the phases of refcount are in base units, and are no speedup`() throws {
        let run = try decoded(Rounds.explaining).runs[2]
        let phases = try #require(run.referenceCounts)
        #expect(phases.count == 20)
        #expect(
            phases[1]
                == Document.ReferenceCounts(
                    scheme: "unprotected",
                    sharing: "shared",
                    workerCount: 2,
                    pairs: 1_000_000,
                    durationSeconds: 0.0071,
                    workerSeconds: 0.0142,
                    pairSeconds: 14.2e-9,
                    leaked: 98_000,
                    releasedEarly: 6
                )
        )
        #expect((run.speedupRatio, run.efficiencyRatio, run.cpuUtilizationRatio) == (nil, nil, nil))
        #expect(run.latency == nil)
    }

    @Test func `the distributions of latency are in base units, and are no speedup`() throws {
        let run = try decoded(Rounds.explaining).runs[1]
        let latency = try #require(run.latency)
        #expect(latency.aloneSeconds == 0.00006)
        #expect(
            latency.locks == [
                Document.Latency.Lock(
                    lock: "shared",
                    count: 48,
                    medianSeconds: 0.0051,
                    p99Seconds: 0.0102,
                    maxSeconds: 0.0102,
                    runQueueSeconds: 0.00096
                ),
                Document.Latency.Lock(
                    lock: "none",
                    count: 50,
                    medianSeconds: 0.000004,
                    p99Seconds: 0.00031,
                    maxSeconds: 0.00031,
                    runQueueSeconds: 0.00096
                ),
            ]
        )
        #expect((run.speedupRatio, run.efficiencyRatio, run.cpuUtilizationRatio) == (nil, nil, nil))
        #expect(run.referenceCounts == nil)
    }

    @Test func `the document ends with a line feed`() throws {
        #expect(try RoundJSON.encode(Rounds.mixed).suffix(2) == Array("}\n".utf8))
    }

    @Test func `a failure without standard error has no key for it`() throws {
        let failure = WorkerFailure(.spawn, "there is no program")
        let round = Round(number: 0, runs: [Round.Run(runtime: "a", probe: .gil, outcome: .failure(failure))])
        #expect(try decoded(round).runs[0].failure?.stderr == nil)
    }

    private func decoded(_ round: Round = Rounds.mixed) throws -> Document {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Document.self, from: Data(try RoundJSON.encode(round)))
    }
}

/// The keys of the documentation, which has them in snake case.
private struct Document: Decodable {
    struct Run: Decodable {
        var runtime: String
        var probe: String
        var failure: Failure?
        var workerCount: Int?
        var setupSeconds: Double?
        var durationSeconds: Double?
        var speedupRatio: Double?
        var efficiencyRatio: Double?
        var cpuUtilizationRatio: Double?
        var lockWaitRatio: Double?
        var runQueueRatio: Double?
        var disturbances: [String]?
        var workers: [Worker]?
        var referenceCounts: [ReferenceCounts]?
        var latency: Latency?
    }

    struct ReferenceCounts: Decodable, Equatable {
        var scheme: String
        var sharing: String
        var workerCount: Int
        var pairs: UInt64
        var durationSeconds: Double
        var workerSeconds: Double
        var pairSeconds: Double
        var leaked: UInt64
        var releasedEarly: UInt64
    }

    struct Latency: Decodable {
        struct Lock: Decodable, Equatable {
            var lock: String
            var count: Int
            var medianSeconds: Double
            var p99Seconds: Double
            var maxSeconds: Double
            var runQueueSeconds: Double?
        }

        var aloneSeconds: Double
        var locks: [Lock]
    }

    struct Failure: Decodable {
        var reason: String
        var detail: String
        var stderr: String?
    }

    struct Worker: Decodable {
        var iterations: UInt64
        var wallSeconds: Double
        var runQueueSeconds: Double?
        var lockWaitSeconds: Double?
        var voluntarySwitches: UInt64?
        var involuntarySwitches: UInt64?
    }

    var number: Int
    var finished: String
    var cpuSeconds: Double
    var runs: [Run]
}
