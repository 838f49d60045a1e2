import FoundationEssentials
import Linux
package import Observation

/// Watched processes or services as JSON, one line each. Keys are named as the metrics are, in base units. Unknown values are missing.
package enum WatchJSON {
    /// - Parameter time: of the look at the process, in seconds since 1970.
    package static func encode(_ process: WatchedProcess, at time: Double) throws -> [UInt8] {
        try line(ProcessDocument(process: process, time: rfc3339(time)))
    }

    package static func encode(_ service: WatchedService, at time: Double) throws -> [UInt8] {
        try line(ServiceDocument(service: service, time: rfc3339(time)))
    }

    /// The time as a text: the time of a row of a table, too.
    package static func rfc3339(_ time: Double) -> String { Timestamp.rfc3339(milliseconds: Int64(time * 1000)) }

    private static func line(_ document: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(document)) + [UInt8(ascii: "\n")]
    }

    private struct ServiceDocument: Encodable {
        let service: WatchedService
        let time: String

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(time, forKey: "time")
            try object.encode(service.name, forKey: "service")
            try object.encode(service.processes, forKey: "processes")
            try object.encode(service.unobserved, forKey: "processes_unobserved")
            try object.encode(service.saturated, forKey: "processes_saturated")
            let values: [(Key, Double?)] = [
                ("held_ratio", service.held), ("busiest_held_ratio", service.busiest), ("wait_ratio", service.wait),
                ("held_on_cpu_ratio", service.heldOnCPU), ("stalled_wait_ratio", service.stalledWait),
                ("switches_per_second", service.switches), ("cpu_ratio", service.cpuRatio),
                ("run_queue_ratio", service.runQueueRatio),
            ]
            for (key, value) in values { try object.encodeIfPresent(value, forKey: key) }
            try object.encodeIfPresent(service.waitingThreads.map { UInt64($0) }, forKey: "waiting_threads")
        }
    }

    private struct ProcessDocument: Encodable {
        let process: WatchedProcess
        let time: String

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(time, forKey: "time")
            try object.encodeIfPresent(process.service, forKey: "service")
            try object.encode(process.pid, forKey: "pid")
            try object.encode(process.name, forKey: "name")
            try object.encode(process.commandLine, forKey: "command")
            try object.encodeIfPresent(process.cpuRatio, forKey: "cpu_ratio")
            try object.encodeIfPresent(process.runQueueRatio, forKey: "run_queue_ratio")
            if !process.lockThreads.isEmpty {
                try object.encode(process.lockThreads.map(Thread.init), forKey: "threads")
            }
            switch process.activity {
            case nil: break
            case .failure(let reason): try object.encode(reason.rawValue, forKey: "unobservable")
            case .success(let activity): try encode(activity, into: &object)
            }
        }

        private func encode(
            _ activity: WatchedProcess.Activity,
            into object: inout KeyedEncodingContainer<Key>
        ) throws {
            let observation = activity.observation
            try object.encode(observation.version.description, forKey: "version")
            try object.encode(observation.build.rawValue, forKey: "build")
            try object.encode(observation.isGILEnabled ? "on" : "off", forKey: "gil")
            // Totals are since the watch began; ratios and rates are since the previous look.
            for metric in ObservedMetric.all {
                guard let value = metric.value(of: observation) else { continue }
                if metric.isCount {
                    try object.encode(UInt64(value), forKey: Key(metric.key))
                } else {
                    try object.encode(value, forKey: Key(metric.key))
                }
                guard let key = metric.rateKey, let rate = activity.rate(of: metric) else { continue }
                try object.encode(rate, forKey: Key(key))
            }
            try object.encodeIfPresent(activity.heldError, forKey: "held_ratio_error")
            try object.encodeIfPresent(activity.waitError, forKey: "wait_ratio_error")
        }
    }

    private struct Thread: Encodable {
        let tid: Int32?
        let name: String
        let role: String
        let function: String?
        let file: String?
        let line: Int32?

        init(_ thread: LockThread) {
            tid = thread.tid
            name = thread.name
            role = thread.role.rawValue
            function = thread.function?.name
            file = thread.function?.file
            line = thread.function?.line
        }
    }

    private struct Key: CodingKey, ExpressibleByStringLiteral {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init(stringLiteral name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
