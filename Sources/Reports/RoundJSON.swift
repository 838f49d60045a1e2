import FoundationEssentials
import Linux
package import Probing

/// The notation of all JSON documents: keys are named like the metrics, values are in base units, and an unknown value
/// has no key.
enum ReportJSON {
    static func encode(_ document: some Encodable, isPretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return [UInt8](try encoder.encode(document)) + [UInt8(ascii: "\n")]
    }
}

/// A round of probes: the document of `gil-exporter probe --format json`, and an element of `/api/v1/rounds`.
package struct RoundJSON: Encodable {
    private var number: Int
    private var finished: String
    private var cpuSeconds: Double
    private var runs: [Run]

    init(_ round: Round) {
        number = round.number
        finished = Timestamp.rfc3339(milliseconds: Int64(round.finished * 1000))
        cpuSeconds = round.cpuSeconds
        runs = round.runs.map(Run.init)
    }

    package static func encode(_ round: Round) throws -> [UInt8] {
        try ReportJSON.encode(RoundJSON(round), isPretty: true)
    }

    private struct Run: Encodable {
        var runtime: String
        var probe: Probe
        var failure: Failure?
        var workerCount: Int?
        var setupSeconds: Double?
        var durationSeconds: Double?
        var speedupRatio: Double?
        var efficiencyRatio: Double?
        var cpuUtilizationRatio: Double?
        var cpuRatio: Double?
        var lockWaitRatio: Double?
        var runQueueRatio: Double?
        var restRatio: Double?
        var disturbances: [String]?
        var lock: LockCounts?
        var referenceCounts: [ReferenceCounts]?
        var latency: LatencyResult?
        /// Nil in the history, which does not keep them.
        var workers: [Worker]?

        init(_ run: Round.Run) {
            runtime = run.runtime
            probe = run.probe
            speedupRatio = run.speedup
            efficiencyRatio = run.efficiency
            switch run.outcome {
            case .failure(let error): failure = Failure(error)
            case .success(let measurement):
                workerCount = measurement.workers
                setupSeconds = seconds(measurement.setup)
                durationSeconds = measurement.durationSeconds
                cpuUtilizationRatio = run.probe.work == .countdown ? measurement.cpuUtilization : nil
                cpuRatio = measurement.ledger.cpuRatio
                lockWaitRatio = measurement.ledger.lockWaitRatio
                runQueueRatio = measurement.ledger.runQueueRatio
                restRatio = measurement.ledger.restRatio
                disturbances = measurement.disturbanceNames
                lock = measurement.lock
                let phases = measurement.referenceCounts
                referenceCounts = phases.isEmpty ? nil : phases.map(ReferenceCounts.init)
                latency = measurement.latency.map(LatencyResult.init)
                workers = measurement.ledgers.isEmpty ? nil : measurement.ledgers.map(Worker.init)
            }
        }
    }

    private struct Failure: Encodable {
        var reason: String
        var detail: String
        /// Nil where the worker wrote nothing, and in the history, which keeps it with the last failures alone.
        var stderr: String?

        init(_ failure: WorkerFailure) {
            reason = failure.reason.rawValue
            detail = failure.detail
            stderr = failure.standardError.isEmpty ? nil : failure.standardError
        }
    }

    private struct ReferenceCounts: Encodable {
        var scheme: ReferenceCountScheme
        var sharing: ReferenceSharing
        var workerCount: Int
        var pairs: UInt64
        var durationSeconds: Double
        /// The sum over the workers.
        var workerSeconds: Double
        var pairSeconds: Double
        var leaked: UInt64
        var releasedEarly: UInt64

        init(_ phase: ReferenceCountPhase) {
            scheme = phase.scheme
            sharing = phase.sharing
            workerCount = phase.workers
            pairs = phase.pairs
            durationSeconds = seconds(phase.duration)
            workerSeconds = seconds(phase.workerTime)
            pairSeconds = phase.pairTime / 1e9
            leaked = phase.leaked
            releasedEarly = phase.releasedEarly
        }
    }

    private struct LatencyResult: Encodable {
        var aloneSeconds: Double
        var locks: [Lock]

        init(_ latency: Latency) {
            aloneSeconds = seconds(latency.alone)
            locks = latency.distributions.map(Lock.init)
        }

        struct Lock: Encodable {
            var lock: WakeUpLock
            var count: Int
            var medianSeconds: Double
            var p99Seconds: Double
            var maxSeconds: Double
            var runQueueSeconds: Double?

            init(_ distribution: Latency.Distribution) {
                lock = distribution.lock
                count = distribution.count
                medianSeconds = seconds(distribution.median)
                p99Seconds = seconds(distribution.p99)
                maxSeconds = seconds(distribution.max)
                runQueueSeconds = distribution.runQueue.map(seconds)
            }
        }
    }

    private struct Worker: Encodable {
        var iterations: UInt64
        var wallSeconds: Double
        var userSeconds: Double
        var systemSeconds: Double
        var runQueueSeconds: Double?
        var lockWaitSeconds: Double?
        var voluntarySwitches: UInt64?
        var involuntarySwitches: UInt64?

        init(_ ledger: TimeLedger) {
            iterations = ledger.iterations
            wallSeconds = seconds(ledger.wall)
            userSeconds = seconds(ledger.user)
            systemSeconds = seconds(ledger.system)
            runQueueSeconds = ledger.runQueue.map(seconds)
            lockWaitSeconds = ledger.lockWait.map(seconds)
            voluntarySwitches = ledger.voluntarySwitches
            involuntarySwitches = ledger.involuntarySwitches
        }
    }
}

extension Measurement {
    package var durationSeconds: Double { seconds(duration) }

    /// Sorted, since a set has no order.
    package var disturbanceNames: [String] { disturbances.map(\.rawValue).sorted() }
}

private func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
