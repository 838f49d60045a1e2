import ConfigurationFiles
import Notation
import Observation
import Probing
import TestSupport

/// Makes random settings, each with a file that has them.
struct RandomConfiguration {
    private var random: SeededGenerator
    private var lines: [String] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> (Configuration, String) {
        lines = []
        var configuration = Configuration()
        lines.append("probing:")
        makeProbing(&configuration.probing)
        lines.append("runtimes:")
        makeRuntimes(&configuration.probing)
        lines.append("observation:")
        makeObservation(&configuration.observation)
        return (configuration, lines.joined(separator: "\n") + "\n")
    }

    // MARK: sections

    private mutating func makeProbing(_ settings: inout ProbingSettings) {
        settings.isEnabled = write("enabled", Bool.random(using: &random))
        settings.interval = write("interval", duration(.seconds(1), .seconds(24 * 3600)))
        settings.jitter = writeRatio("jitter", in: 0...50)
        settings.cpuBudget = writeRatio("cpu_budget", in: 0.01...100)
        // Longer than a turn of all workers.
        settings.timeLimit = write("time_limit", duration(.seconds(200), .seconds(600)))
        settings.probes = Probe.allCases.shuffled(using: &random).dropLast(Int.random(in: 0...3, using: &random))
        lines.append("  probes: [\(settings.probes.map(\.rawValue).joined(separator: ", "))]")
        settings.workers = write("workers", Int.random(in: 2...100, using: &random))
        settings.disturbedRunQueueRatio = writeRatio("disturbed_run_queue_ratio", in: 0.1...100)
        settings.switchInterval = write("switch_interval", duration(.microseconds(50), .seconds(1)))
    }

    private mutating func makeRuntimes(_ settings: inout ProbingSettings) {
        settings.discovery = ProbingSettings.Discovery.allCases.randomElement(using: &random) ?? .none
        lines.append("  discover: \(settings.discovery.rawValue)")
        settings.runtimes = (0..<Int.random(in: 1...4, using: &random)).map { number in
            let name = "runtime-\(number)" + ["", "t", "+x", "_.1"][Int.random(in: 0..<4, using: &random)]
            let command = (0..<Int.random(in: 1...4, using: &random)).map { $0 == 0 ? "/" + word() : word() }
            let isPython = Bool.random(using: &random)
            var runtime = RuntimeConfiguration(
                name: name,
                launch: isPython ? .python(command: command) : .program(command: command)
            )
            if number == 0 { lines.append("  list:") }
            lines.append("    - name: \(name)")
            lines.append(
                "      \(isPython ? "python" : "program"): [\(command.map(Self.quoted).joined(separator: ", "))]"
            )
            if Bool.random(using: &random) {
                let iterations = Int.random(in: 1024...6_000_000_000_000, using: &random)
                lines.append("      iterations: \(iterations)")
                runtime.iterations = iterations
            }
            return runtime
        }
    }

    private mutating func makeObservation(_ settings: inout ObservationSettings) {
        settings.isEnabled = write("enabled", Bool.random(using: &random))
        settings.sampleRate = write("sample_rate", Int.random(in: 1...1000, using: &random))
        settings.cpuBudget = writeRatio("cpu_budget", in: 0.01...100)
        settings.scanInterval = write("scan_interval", duration(.seconds(1), .seconds(3600)))
        settings.groupLimit = write("group_limit", Int.random(in: 5...10_000, using: &random))
        settings.groupRetention = write("group_retention", duration(.seconds(60), .seconds(30 * 86_400)))
        settings.kubernetes.podLogs = "/" + word()
        lines += ["  kubernetes:", "    pod_logs: \(Self.quoted(settings.kubernetes.podLogs))", "  groups:"]
        settings.groups = (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in makeRule() }
    }

    /// An expression that matches a word literally, and a name of any text in which dollars are doubled.
    private mutating func makeRule() -> GroupRule? {
        let attributes = GroupRule.Attribute.allCases.shuffled(using: &random).prefix(
            Int.random(in: 1...3, using: &random)
        )
        let texts = GroupRule.Attribute.allCases.filter(attributes.contains).map { attribute in
            (attribute, #"\Q\#(word().filter { $0 != "\\" })\E"#)
        }
        let name = Bool.random(using: &random) ? "x" + word().split(separator: "$").joined(separator: "$$") : nil
        lines.append(name.map { "    - name: \(Self.quoted($0))" } ?? "    - exclude: true")
        for (attribute, text) in texts { lines.append("      \(attribute.rawValue): \(Self.quoted(text))") }
        let patterns = texts.compactMap { attribute, text in
            (try? RegularExpression(text)).map { GroupRule.Pattern(attribute, $0) }
        }
        return GroupRule(name: name.flatMap(GroupTemplate.init), patterns: patterns)
    }

    // MARK: values

    private mutating func write(_ key: String, _ value: Bool) -> Bool {
        lines.append("  \(key): \(value)")
        return value
    }

    private mutating func write(_ key: String, _ value: Int) -> Int {
        lines.append("  \(key): \(value)")
        return value
    }

    private mutating func write(_ key: String, _ value: Duration) -> Duration {
        lines.append("  \(key): \(value.notation)")
        return value
    }

    /// A share in hundredths of a percent: these are written without an exponent.
    private mutating func writeRatio(_ key: String, in percent: ClosedRange<Double>) -> Double {
        let range = Int((percent.lowerBound * 100).rounded(.up))...Int(percent.upperBound * 100)
        let hundredths = Int.random(in: range, using: &random)
        let text = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
        lines.append("  \(key): \(text)%")
        return (Double(text) ?? 0) / 100
    }

    private mutating func duration(_ least: Duration, _ most: Duration) -> Duration {
        func microseconds(_ duration: Duration) -> Int64 {
            duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        }
        return .microseconds(Int64.random(in: microseconds(least)...microseconds(most), using: &random))
    }

    private static let pieces = [
        " ", "'", "\"", "\\", "#", ": ", "- ", "{", "]", ",", "&", "*", "!", "|", "%", "@", "`", "~", "\t", "\n", "\r",
        "$",
        "\u{1}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FEFF}", "é", "e\u{301}", "👩‍👩‍👧", "\u{10FFFF}", "null", "true", "1e3",
    ]

    /// Any text without a NUL.
    private mutating func word() -> String {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in
            Bool.random(using: &random)
                ? Self.pieces.randomElement(using: &random) ?? ""
                : String(Unicode.Scalar(UInt8.random(in: 97...122, using: &random)))
        }.joined()
    }

    /// In double quotes, in which every character can be an escape: YAML 1.1, 5.7.
    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar in
            switch scalar.value {
            case 0x22, 0x5C: "\\\(scalar)"
            case 0x20...0x7E, 0xA1...0x2027, 0x202A...0xD7FF: "\(scalar)"
            default:
                "\\U" + String(repeating: "0", count: 8 - String(scalar.value, radix: 16).utf8.count)
                    + String(scalar.value, radix: 16)
            }
        }
        return "\"\(scalars.joined())\""
    }
}
