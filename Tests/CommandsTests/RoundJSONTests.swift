import FoundationEssentials
import Testing

@testable import Commands

struct RoundJSONTests {
    @Test func `a round has its cost and its runs, in the order in which they were run`() throws {
        let document = try decoded()
        #expect(document.cpuSeconds == 1.5)
        #expect(document.runs.map(\.runtime) == ["native", "python3", "native", "python3", "python3"])
        #expect(document.runs.map(\.probe) == ["lockfree", "gil", "single", "single", "multiprocess"])
    }

    @Test func `a measurement is told in base units`() throws {
        let run = try decoded().runs[1]
        #expect(run.setupSeconds == 0.002)
        #expect(run.durationSeconds == 0.252)
        #expect(run.speedupRatio == 1)
        #expect(run.efficiencyRatio == 0.5)
        #expect(run.lockWaitRatio == 0.5)
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

    @Test func `what is unknown is left out`() throws {
        let run = try decoded().runs[3]
        #expect(run.lockWaitRatio == nil)
        #expect(run.workers?.first?.runQueueSeconds == nil)
    }

    @Test func `a failure has its reason, what happened, and what the worker complained about`() throws {
        let run = try decoded().runs[4]
        #expect(run.failure?.reason == "crash")
        #expect(run.failure?.detail == "the worker died of signal 11")
        #expect(run.failure?.stderr == "no luck")
        #expect(run.durationSeconds == nil)
        #expect(run.workers == nil)
    }

    @Test func `the document ends with a line feed`() throws {
        #expect(try RoundJSON.encode(Rounds.mixed).suffix(2) == Array("}\n".utf8))
    }

    private func decoded() throws -> Document {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Document.self, from: Data(try RoundJSON.encode(Rounds.mixed)))
    }
}

/// The keys as they are documented, in snake case there.
private struct Document: Decodable {
    struct Run: Decodable {
        var runtime: String
        var probe: String
        var failure: Failure?
        var setupSeconds: Double?
        var durationSeconds: Double?
        var speedupRatio: Double?
        var efficiencyRatio: Double?
        var cpuUtilizationRatio: Double?
        var lockWaitRatio: Double?
        var disturbances: [String]?
        var workers: [Worker]?
    }

    struct Failure: Decodable {
        var reason: String
        var detail: String
        var stderr: String
    }

    struct Worker: Decodable {
        var iterations: UInt64
        var wallSeconds: Double
        var runQueueSeconds: Double?
        var lockWaitSeconds: Double?
        var voluntarySwitches: UInt64?
        var involuntarySwitches: UInt64?
    }

    var cpuSeconds: Double
    var runs: [Run]
}
