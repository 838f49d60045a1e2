import FoundationEssentials
import Linux
package import Observation

/// Watched processes as JSON, one line each. Keys are named as the metrics are, in base units. Unknown values are missing.
package enum WatchJSON {
    package static func encode(_ process: WatchedProcess) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(Document(process: process))) + [UInt8(ascii: "\n")]
    }

    private struct Document: Encodable {
        let process: WatchedProcess

        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
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
        }
    }

    private struct Thread: Encodable {
        let tid: Int32?
        let name: String
        let role: String

        init(_ thread: LockThread) {
            tid = thread.tid
            name = thread.name
            role = thread.role.rawValue
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
