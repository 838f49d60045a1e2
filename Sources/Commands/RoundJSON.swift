import FoundationEssentials
import Probing

/// A round as JSON: keys are named as the metrics are, in base units.
enum RoundJSON {
    static func encode(_ round: Round) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(cpuSeconds: round.cpuSeconds, runs: round.runs.map(Run.init))
        return [UInt8](try encoder.encode(document)) + [UInt8(ascii: "\n")]
    }

    private struct Document: Encodable {
        var cpuSeconds: Double
        var runs: [Run]

        enum CodingKeys: String, CodingKey {
            case cpuSeconds = "cpu_seconds"
            case runs
        }
    }

    private struct Run: Encodable {
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
        var lock: LockCounts?
        var workers: [Worker]?

        init(_ run: Round.Run) {
            runtime = run.runtime
            probe = run.probe.rawValue
            switch run.outcome {
            case .failure(let error):
                failure = Failure(reason: error.reason.rawValue, detail: error.detail, stderr: error.standardError)
            case .success(let measurement):
                setupSeconds = RoundJSON.seconds(measurement.setup)
                durationSeconds = RoundJSON.seconds(measurement.duration)
                speedupRatio = run.speedup
                efficiencyRatio = run.efficiency
                cpuUtilizationRatio = measurement.cpuUtilization
                lockWaitRatio = measurement.ledger.lockWaitRatio
                disturbances = measurement.disturbances.map(\.rawValue).sorted()
                lock = measurement.lock
                workers = measurement.ledgers.map(Worker.init)
            }
        }

        enum CodingKeys: String, CodingKey {
            case runtime, probe, failure, disturbances, lock, workers
            case setupSeconds = "setup_seconds"
            case durationSeconds = "duration_seconds"
            case speedupRatio = "speedup_ratio"
            case efficiencyRatio = "efficiency_ratio"
            case cpuUtilizationRatio = "cpu_utilization_ratio"
            case lockWaitRatio = "lock_wait_ratio"
        }
    }

    private struct Failure: Encodable {
        var reason: String
        var detail: String
        var stderr: String
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
            wallSeconds = RoundJSON.seconds(ledger.wall)
            userSeconds = RoundJSON.seconds(ledger.user)
            systemSeconds = RoundJSON.seconds(ledger.system)
            runQueueSeconds = ledger.runQueue.map(RoundJSON.seconds)
            lockWaitSeconds = ledger.lockWait.map(RoundJSON.seconds)
            voluntarySwitches = ledger.voluntarySwitches
            involuntarySwitches = ledger.involuntarySwitches
        }

        enum CodingKeys: String, CodingKey {
            case iterations
            case wallSeconds = "wall_seconds"
            case userSeconds = "user_seconds"
            case systemSeconds = "system_seconds"
            case runQueueSeconds = "run_queue_seconds"
            case lockWaitSeconds = "lock_wait_seconds"
            case voluntarySwitches = "voluntary_switches"
            case involuntarySwitches = "involuntary_switches"
        }
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }
}
