import Linux
package import Probing

/// The document of `/api/v1/rounds`: Documentation/rounds-api.md.
package struct RoundHistoryJSON: Encodable {
    private var host: String?
    private var version: String
    private var limit: Limit?
    private var runtimes: [Runtime]
    private var running: Running?
    private var nextRoundSeconds: Double?
    private var stretched: Bool
    private var rounds: [RoundJSON]
    private var failures: [Failure]

    /// - Parameters:
    ///   - version: of the exporter.
    ///   - timeToNextRound: nil while a round runs.
    package static func encode(
        _ history: RoundHistory.Contents,
        host: String?,
        version: String,
        timeToNextRound: Duration?
    ) throws -> [UInt8] {
        try ReportJSON.encode(
            RoundHistoryJSON(
                host: host,
                version: version,
                limit: ParallelismLimit(history.rounds).map(Limit.init),
                runtimes: history.runtimes.map(Runtime.init),
                running: history.running.map(Running.init),
                nextRoundSeconds: timeToNextRound?.seconds,
                stretched: history.isStretched,
                rounds: history.rounds.map(RoundJSON.init),
                failures: history.failures.map(Failure.init)
            )
        )
    }

    private struct Limit: Encodable {
        var lock: Bool?
        var machine: Bool?
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
        var probe: Probe
        var workerCount: Int
        var speedupRatio: Double
        var cpuUtilizationRatio: Double
        var lockWaitRatio: Double?
        var disturbed: Bool

        init(_ evidence: ParallelismLimit.Evidence) {
            runtime = evidence.runtime
            probe = evidence.probe
            workerCount = evidence.workers
            speedupRatio = evidence.speedup
            cpuUtilizationRatio = evidence.cpuUtilization
            lockWaitRatio = evidence.lockWait
            disturbed = evidence.isDisturbed
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
    }

    private struct Running: Encodable {
        var runtime: String
        var probe: Probe
        var done: Int
        var total: Int

        init(_ running: RoundHistory.Running) {
            runtime = running.runtime
            probe = running.probe
            done = running.done
            total = running.total
        }
    }

    private struct Failure: Encodable {
        var time: String
        var runtime: String
        var probe: Probe?
        var seconds: Double?
        var reason: String
        var detail: String
        var stderr: String

        init(_ entry: RoundHistory.Failure) {
            time = Timestamp.rfc3339(milliseconds: Int64(entry.time * 1000))
            runtime = entry.runtime
            probe = entry.probe
            seconds = entry.seconds
            reason = entry.failure.reason.rawValue
            detail = entry.failure.detail
            stderr = entry.failure.standardError
        }
    }
}
