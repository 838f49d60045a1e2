import FoundationEssentials
import Linux
import Observation

/// A watched process as one line of JSON: keys are named as the metrics are, in base units. What is unknown is missing.
enum WatchJSON {
    static func encode(_ process: WatchedProcess) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(Document(process))) + [UInt8(ascii: "\n")]
    }

    private struct Document: Encodable {
        var pid: Int32
        var name: String
        var command: String
        var unobservable: String?
        var version: String?
        var build: String?
        var gil: String?
        var interpreters: Int?
        var samplesPerSecond: Double?
        var heldRatio: Double?
        var waitRatio: Double?
        var waitingThreads: Int?
        var switchesPerSecond: Double?
        var waitsPerSecond: Double?
        var forcedHandoffsPerSecond: Double?
        var switchIntervalSeconds: Double?
        /// Since the watch began; the ratios and rates above are of the time since the last look.
        var observedSecondsTotal: Double?
        var heldSecondsTotal: Double?
        var waitSecondsTotal: Double?
        var samplesTotal: UInt64?
        var switchesTotal: UInt64?
        var waitsTotal: UInt64?
        var forcedHandoffsTotal: UInt64?
        var cpuRatio: Double?
        var runQueueRatio: Double?
        var threads: [Thread]?

        init(_ process: WatchedProcess) {
            pid = process.pid
            name = process.name
            command = process.commandLine
            cpuRatio = process.cpuRatio
            runQueueRatio = process.runQueueRatio
            threads = process.lockThreads.isEmpty ? nil : process.lockThreads.map(Thread.init)
            switch process.activity {
            case nil:
                break
            case .failure(let reason):
                unobservable = reason.rawValue
            case .success(let activity):
                let seen = activity.observation
                version = "\(seen.version.major).\(seen.version.minor).\(seen.version.micro)"
                build = seen.build.rawValue
                gil = seen.isGILEnabled ? "on" : "off"
                interpreters = seen.interpreters
                samplesPerSecond = activity.samplesPerSecond
                heldRatio = activity.heldRatio
                waitRatio = activity.waitRatio
                waitingThreads = seen.waitingThreads
                switchesPerSecond = activity.switchesPerSecond
                waitsPerSecond = activity.waitsPerSecond
                forcedHandoffsPerSecond = activity.forcedHandoffsPerSecond
                switchIntervalSeconds = seen.switchInterval.seconds
                observedSecondsTotal = seen.observed.seconds
                heldSecondsTotal = seen.held.seconds
                waitSecondsTotal = seen.wait?.seconds
                samplesTotal = seen.samples
                switchesTotal = seen.switches
                waitsTotal = seen.waits
                forcedHandoffsTotal = seen.forcedHandoffs
            }
        }

        enum CodingKeys: String, CodingKey {
            case pid, name, command, unobservable, version, build, gil, interpreters, threads
            case samplesPerSecond = "samples_per_second"
            case heldRatio = "held_ratio"
            case waitRatio = "wait_ratio"
            case waitingThreads = "waiting_threads"
            case switchesPerSecond = "switches_per_second"
            case waitsPerSecond = "waits_per_second"
            case forcedHandoffsPerSecond = "forced_handoffs_per_second"
            case switchIntervalSeconds = "switch_interval_seconds"
            case observedSecondsTotal = "observed_seconds_total"
            case heldSecondsTotal = "held_seconds_total"
            case waitSecondsTotal = "wait_seconds_total"
            case samplesTotal = "samples_total"
            case switchesTotal = "switches_total"
            case waitsTotal = "waits_total"
            case forcedHandoffsTotal = "forced_handoffs_total"
            case cpuRatio = "cpu_ratio"
            case runQueueRatio = "run_queue_ratio"
        }
    }

    private struct Thread: Encodable {
        var tid: Int32?
        var name: String
        var role: String

        init(_ thread: LockThread) {
            tid = thread.tid
            name = thread.name
            role = thread.role.rawValue
        }
    }
}
