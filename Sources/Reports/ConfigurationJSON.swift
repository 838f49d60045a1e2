import Linux
package import Observation
package import Probing

/// The document of `/api/v1/configuration`: the settings in force, defaults included. The keys are those of the
/// configuration file; durations are in seconds, and ratios are between 0 and 1.
///
/// Arguments of runtimes may contain secrets, so they are only counted. The web configuration, with its users and keys, is
/// left out.
package struct ConfigurationJSON: Encodable {
    private var file: String?
    private var probing: ProbingSection
    private var runtimes: Runtimes
    private var observation: ObservationSection

    /// - Parameter file: the path of the configuration file; nil without one.
    package static func encode(
        _ settings: ProbingSettings,
        _ observation: ObservationSettings,
        file: String?
    ) throws -> [UInt8] {
        try ReportJSON.encode(
            ConfigurationJSON(
                file: file,
                probing: ProbingSection(settings),
                runtimes: Runtimes(settings),
                observation: ObservationSection(observation)
            ),
            isPretty: true
        )
    }

    private struct ProbingSection: Encodable {
        var enabled: Bool
        var intervalSeconds: Double
        var jitter: Double
        var cpuBudget: Double
        var timeLimitSeconds: Double
        var probes: [Probe]
        var workers: Int
        var disturbedRunQueueRatio: Double
        var switchIntervalSeconds: Double

        init(_ settings: ProbingSettings) {
            enabled = settings.isEnabled
            intervalSeconds = settings.interval.seconds
            jitter = settings.jitter
            cpuBudget = settings.cpuBudget
            timeLimitSeconds = settings.timeLimit.seconds
            probes = settings.probes
            workers = settings.workers
            disturbedRunQueueRatio = settings.disturbedRunQueueRatio
            switchIntervalSeconds = settings.switchInterval.seconds
        }
    }

    private struct Runtimes: Encodable {
        var discover: String
        var list: [Runtime]

        init(_ settings: ProbingSettings) {
            discover = settings.discovery.rawValue
            list = settings.runtimes.map(Runtime.init)
        }
    }

    private struct Runtime: Encodable {
        var name: String
        var python: String?
        var program: String?
        var argumentCount: Int?
        var iterations: Int?

        init(_ runtime: RuntimeConfiguration) {
            name = runtime.name
            iterations = runtime.iterations
            switch runtime.launch {
            case .native: break
            case .python(let command): (python, argumentCount) = (command.first, command.dropFirst().count)
            case .program(let command): (program, argumentCount) = (command.first, command.dropFirst().count)
            }
        }
    }

    private struct ObservationSection: Encodable {
        var enabled: Bool
        var sampleRate: Int
        var cpuBudget: Double
        var scanIntervalSeconds: Double
        var groupLimit: Int
        var groupRetentionSeconds: Double
        var kubernetes: Kubernetes
        var profile: Profile
        var groups: [Rule]

        init(_ settings: ObservationSettings) {
            enabled = settings.isEnabled
            sampleRate = settings.sampleRate
            cpuBudget = settings.cpuBudget
            scanIntervalSeconds = settings.scanInterval.seconds
            groupLimit = settings.groupLimit
            groupRetentionSeconds = settings.groupRetention.seconds
            kubernetes = Kubernetes(podLogs: settings.kubernetes.podLogs)
            profile = Profile(top: settings.profile.top)
            groups = settings.groups.map(Rule.init)
        }
    }

    private struct Kubernetes: Encodable {
        var podLogs: String
    }

    private struct Profile: Encodable {
        var top: Int
    }

    /// The attributes are keys of their own, as in the file; the encoder turns them from camel case.
    private struct Rule: Encodable {
        var name: String?
        var exclude: Bool?
        var expect: Bool?
        var commandLine: String?
        var program: String?
        var unit: String?
        var cgroup: String?
        var user: String?
        var container: String?
        var namespace: String?
        var pod: String?
        var containerName: String?
        var podUid: String?

        init(_ rule: GroupRule) {
            name = rule.name?.text
            exclude = rule.name == nil ? true : nil
            expect = rule.isExpected ? true : nil
            for pattern in rule.patterns {
                let text = pattern.expression.text
                switch pattern.attribute {
                case .commandLine: commandLine = text
                case .program: program = text
                case .unit: unit = text
                case .cgroup: cgroup = text
                case .user: user = text
                case .container: container = text
                case .namespace: namespace = text
                case .pod: pod = text
                case .containerName: containerName = text
                case .podUID: podUid = text
                }
            }
        }
    }
}
