import ConfigurationFiles
import Linux
import Observation
import Probing
import Testing

struct ConfigurationTests {
    @Test(arguments: ["empty", "comments"])
    func `a file without settings gives the defaults`(name: String) throws {
        #expect(try Configuration.load(path: ConfigurationFixtures.path("good", name)) == Configuration())
        #expect(Configuration().probing == ProbingSettings())
    }

    @Test func `a section whose keys are all commented out sets nothing`() throws {
        var expected = Configuration()
        expected.probing.discovery = .all
        #expect(try Configuration.load(path: ConfigurationFixtures.path("good", "empty-sections")) == expected)
    }

    @Test func `every key of the observation is read`() throws {
        let observation = try Configuration.load(path: ConfigurationFixtures.path("good", "full")).observation
        #expect(!observation.isEnabled)
        #expect(observation.sampleRate == 1000)
        #expect(observation.cpuBudget == 0.005)
        #expect(observation.scanInterval == .seconds(60))
        #expect(observation.groupLimit == 7)
        #expect(observation.groupRetention == .seconds(7200))
        #expect(observation.kubernetes.podLogs == "/host/pods")
        #expect(observation.profile.top == 7)
        let rule = try #require(observation.groups.first)
        #expect(rule.name == GroupTemplate("$1-${port}-${container}"))
        #expect(rule.patterns.map(\.attribute) == [.commandLine, .unit])
        #expect(rule.patterns.map(\.expression.text) == ["(\\w+)\\.py --port=(?<port>\\d+)", "^shop"])
        #expect(observation.groups.map(\.name) == [rule.name, nil, GroupTemplate("feed.service")])
        #expect(observation.groups.map(\.isExpected) == [false, false, true])
    }

    @Test func `every key of a full file is read`() throws {
        let probing = try Configuration.load(path: ConfigurationFixtures.path("good", "full")).probing

        #expect(probing.interval == .seconds(90))
        #expect(probing.jitter == 0.25)
        #expect(probing.cpuBudget == 0.075)
        #expect(probing.timeLimit == .milliseconds(250))
        #expect(probing.probes == [.gil, .single])
        #expect(probing.workers == 4)
        #expect(probing.disturbedRunQueueRatio == 1)
        #expect(probing.switchInterval == .microseconds(50))
        #expect(probing.discovery == .none)
        #expect(
            probing.runtimes == [
                RuntimeConfiguration(name: "native", launch: .native, iterations: 600_000_000),
                RuntimeConfiguration(
                    name: "3.14",
                    launch: .python(command: ["/opt/python 3.14/bin/python3.14", "-X", "gil=1"]),
                    iterations: 8_000_000
                ),
                RuntimeConfiguration(name: String(repeating: "n", count: 64), launch: .python(command: ["pypy3"])),
                RuntimeConfiguration(
                    name: "my-runtime_1+x",
                    launch: .program(command: ["/usr/local/bin/my-worker", ""])
                ),
            ]
        )
    }

    @Test func `the limits themselves are within the limits`() throws {
        let probing = try Configuration.load(path: ConfigurationFixtures.path("good", "limits")).probing
        #expect(probing.interval == .seconds(86400))
        #expect(probing.jitter == 0)
        #expect(probing.cpuBudget == 0.0001)
        #expect(probing.workers == 1024)
    }

    @Test func `workers can be as many as the CPUs, but at least two`() throws {
        let probing = try Configuration.load(path: ConfigurationFixtures.path("good", "workers-by-cpus")).probing
        #expect(probing.workers == max(2, try Affinity.ofCallingThread().count))
    }

    @Test func `a byte order mark and Windows line ends are accepted`() throws {
        let probing = try Configuration.load(path: ConfigurationFixtures.path("good", "byte-order-mark")).probing
        #expect(probing.workers == 3)
    }

    @Test(arguments: ConfigurationFixtures.good)
    func `every good file is accepted`(name: String) throws {
        _ = try Configuration.load(path: ConfigurationFixtures.path("good", name))
    }

    @Test(arguments: ConfigurationFixtures.bad)
    func `every bad file is refused with exactly the expected messages`(name: String) throws {
        let text = try ConfigurationFixtures.bytes(ConfigurationFixtures.path("bad", name))
        let expected = try ConfigurationFixtures.text(ConfigurationFixtures.path("bad", name, "expected"))
        let errors = #expect(throws: ConfigurationErrors.self) {
            try Configuration.parse(text, file: "\(name).yml")
        }
        #expect(errors.map { "\($0)\n" } == expected)
    }

    @Test func `there are fixtures of both kinds`() {
        #expect(ConfigurationFixtures.good.count >= 5)
        #expect(ConfigurationFixtures.bad.count >= 30)
    }

    @Test func `a missing file is reported with the system's reason and no position`() {
        let errors = #expect(throws: ConfigurationErrors.self) { try Configuration.load(path: "/nowhere/gil.yml") }
        #expect(errors?.description == "/nowhere/gil.yml: open: No such file or directory")
        #expect(errors?.issues.first?.line == nil)
    }

    @Test func `a directory is refused`() {
        let errors = #expect(throws: ConfigurationErrors.self) { try Configuration.load(path: "/") }
        let words = "/: is a directory, not a regular file: write the text to a file, and give its path"
        #expect(errors?.description == words)
    }

    @Test(arguments: ["/dev/zero", "/dev/null"])
    func `a device is refused`(path: String) {
        let errors = #expect(throws: ConfigurationErrors.self) { try Configuration.load(path: path) }
        let words = "\(path): is a device, not a regular file: write the text to a file, and give its path"
        #expect(errors?.description == words)
    }

    @Test func `a text of the maximum size is read`() throws {
        let text = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20)
        #expect(try Configuration.parse(text, file: "large.yml") == Configuration())
    }
}
