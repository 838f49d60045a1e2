import FoundationEssentials
import Linux
import Probing

/// What `/api/v1/rounds` answers: Documentation/rounds-api.md. Keys are named as the metrics are, in base units.
struct RoundsDocument: Encodable {
    static func encode(_ contents: RoundHistory.Contents, timeToNextRound: Duration?) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(RoundsDocument(contents, timeToNextRound))) + [UInt8(ascii: "\n")]
    }

    private var host: String?
    private var version: String
    private var limit: Limit?
    private var runtimes: [Runtime]
    private var running: Running?
    private var nextRoundSeconds: Double?
    private var stretched: Bool
    private var rounds: [Round]
    private var failures: [Failure]

    private init(_ contents: RoundHistory.Contents, _ timeToNextRound: Duration?) {
        host = HostName.current
        version = BuildInfo.version
        limit = ParallelismLimit(contents.rounds).map(Limit.init)
        runtimes = contents.runtimes.map(Runtime.init)
        running = contents.running.map(Running.init)
        nextRoundSeconds = timeToNextRound?.seconds
        stretched = contents.isStretched
        rounds = contents.rounds.map(Round.init)
        failures = contents.failures.map(Failure.init)
    }

    enum CodingKeys: String, CodingKey {
        case host, version, limit, runtimes, running, stretched, rounds, failures
        case nextRoundSeconds = "next_round_seconds"
    }
}

extension RoundsDocument {
    private struct Limit: Encodable {
        var lock: Bool
        var machine: Bool
        var free: Evidence
        var locked: Evidence?
        var disturbances: [String]

        init(_ limit: ParallelismLimit) {
            lock = limit.isLockLimited
            machine = limit.isHostLimited
            free = Evidence(limit.free)
            locked = limit.locked.map(Evidence.init)
            disturbances = limit.disturbances.map(\.rawValue)
        }
    }

    private struct Evidence: Encodable {
        var runtime: String
        var probe: String
        var workers: Int
        var speedupRatio: Double
        var cpuUtilizationRatio: Double
        var lockWaitRatio: Double?

        init(_ evidence: ParallelismLimit.Evidence) {
            runtime = evidence.runtime
            probe = evidence.probe.rawValue
            workers = evidence.workers
            speedupRatio = evidence.speedup
            cpuUtilizationRatio = evidence.cpuUtilization
            lockWaitRatio = evidence.lockWait
        }

        enum CodingKeys: String, CodingKey {
            case runtime, probe, workers
            case speedupRatio = "speedup_ratio"
            case cpuUtilizationRatio = "cpu_utilization_ratio"
            case lockWaitRatio = "lock_wait_ratio"
        }
    }

    private struct Runtime: Encodable {
        var name: String
        var implementation: String?
        var version: String?
        var path: String?
        var freeThreaded: Bool?
        var switchIntervalSeconds: Double?
        var supported: [String]?
        var unsupported: [String: String]?

        init(_ runtime: RoundHistory.Runtime) {
            name = runtime.name
            implementation = runtime.info?.implementation
            version = runtime.info?.version
            path = runtime.info?.path
            freeThreaded = runtime.info?.freeThreaded
            switchIntervalSeconds = runtime.info?.switchIntervalNanoseconds.map { Double($0) / 1e9 }
            supported = runtime.info?.supported
            unsupported = runtime.info?.unsupported
        }

        enum CodingKeys: String, CodingKey {
            case name, implementation, version, path, supported, unsupported
            case freeThreaded = "free_threaded"
            case switchIntervalSeconds = "switch_interval_seconds"
        }
    }

    private struct Running: Encodable {
        var runtime: String
        var probe: String
        var done: Int
        var total: Int

        init(_ running: RoundHistory.Running) {
            runtime = running.runtime
            probe = running.probe.rawValue
            done = running.done
            total = running.total
        }
    }

    private struct Round: Encodable {
        var number: Int
        var finished: String
        var cpuSeconds: Double
        var runs: [Run]

        init(_ round: Probing.Round) {
            number = round.number
            finished = Timestamp.rfc3339(milliseconds: Int64(round.finished * 1000))
            cpuSeconds = round.cpuSeconds
            runs = round.runs.map(Run.init)
        }

        enum CodingKeys: String, CodingKey {
            case number, finished, runs
            case cpuSeconds = "cpu_seconds"
        }
    }

    private struct Run: Encodable {
        var runtime: String
        var probe: String
        var failure: String?
        var workers: Int?
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

        init(_ run: Probing.Round.Run) {
            runtime = run.runtime
            probe = run.probe.rawValue
            switch run.outcome {
            case .failure(let error): failure = error.reason.rawValue
            case .success(let measurement):
                workers = measurement.workers
                setupSeconds = Double(measurement.setup) / 1e9
                durationSeconds = Double(measurement.duration) / 1e9
                speedupRatio = run.speedup
                efficiencyRatio = run.efficiency
                cpuUtilizationRatio = measurement.cpuUtilization
                cpuRatio = measurement.ledger.cpuRatio
                lockWaitRatio = measurement.ledger.lockWaitRatio
                runQueueRatio = measurement.ledger.runQueueRatio
                restRatio = measurement.ledger.restRatio
                disturbances = Disturbance.allCases.filter(measurement.disturbances.contains).map(\.rawValue)
            }
        }

        enum CodingKeys: String, CodingKey {
            case runtime, probe, failure, workers, disturbances
            case setupSeconds = "setup_seconds"
            case durationSeconds = "duration_seconds"
            case speedupRatio = "speedup_ratio"
            case efficiencyRatio = "efficiency_ratio"
            case cpuUtilizationRatio = "cpu_utilization_ratio"
            case cpuRatio = "cpu_ratio"
            case lockWaitRatio = "lock_wait_ratio"
            case runQueueRatio = "run_queue_ratio"
            case restRatio = "rest_ratio"
        }
    }

    private struct Failure: Encodable {
        var time: String
        var runtime: String
        var probe: String?
        var seconds: Double?
        var reason: String
        var detail: String
        var stderr: String

        init(_ failure: RoundHistory.Failure) {
            time = Timestamp.rfc3339(milliseconds: Int64(failure.time * 1000))
            runtime = failure.runtime
            probe = failure.probe?.rawValue
            seconds = failure.seconds
            reason = failure.failure.reason.rawValue
            detail = failure.failure.detail
            stderr = failure.failure.standardError
        }
    }
}
