import ConfigurationFiles
import Observation
import Probing
import TestSupport
import Web

extension FuzzTarget {
    /// The configuration of the daemon.
    static let configuration = FuzzTarget("configuration", maxLength: 8192, testExecutions: 600) { input in
        let bytes = input.all()
        do {
            try requireLimits(try Configuration.parse(bytes, file: "fuzz.yml"))
        } catch let error as ConfigurationErrors {
            try requirePlaces(error, in: bytes)
        }
    }

    /// The configuration of the web server. The certificates and keys that it may name are real.
    static let webConfiguration = FuzzTarget("web-configuration", maxLength: 4096, testExecutions: 400) { input in
        let bytes = input.all()
        do {
            try files.write(bytes, to: "web.yml")
            _ = try WebConfiguration.load(path: files.file("web.yml"))
        } catch let error as ConfigurationErrors {
            // Issues of other files have no place in this one.
            try require(
                !error.issues.isEmpty && error.issues.allSatisfy { !$0.message.isEmpty },
                "an error has a reason"
            )
        }
    }

    private static let files: TemporaryFolder = {
        do {
            let folder = try TemporaryFolder(in: "/dev/shm")
            try folder.link("tls", to: Repository.fixture("web/tls"))
            return folder
        } catch {
            fatalError("no folder for the web configuration: \(error)")
        }
    }()

    /// The limits that protect the host, from Documentation/configuration.md.
    private static func requireLimits(_ configuration: Configuration) throws {
        let (probing, observation) = (configuration.probing, configuration.observation)
        try require((1...1000).contains(observation.sampleRate), "the sample rate is limited")
        try require((0.0001...1).contains(observation.cpuBudget), "the CPU of observation is limited")
        try require((1...10_000).contains(observation.groupLimit), "the number of groups is limited")
        try require(observation.scanInterval >= .seconds(1), "scans have a distance")
        try require((0.0001...1).contains(probing.cpuBudget), "the CPU of probing is limited")
        try require(probing.interval >= .seconds(1), "rounds have a distance")
        try require((.milliseconds(1) ... .seconds(600)).contains(probing.timeLimit), "a probe ends")
        try require((0...0.5).contains(probing.jitter), "jitter is shorter than the interval")
    }

    private static func requirePlaces(_ error: ConfigurationErrors, in bytes: [UInt8]) throws {
        try require(!error.issues.isEmpty, "an error has an issue")
        let lines = bytes.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } + 1
        // A next line and the separators of Unicode end a line, too: YAML 1.1, 4.2.
        let others = bytes.count { $0 == 0x85 || $0 == 0xA8 || $0 == 0xA9 }
        for issue in error.issues {
            guard let line = issue.line else { continue }
            try require((1...lines + others).contains(line), "line \(line) is in the file")
            try require(!issue.message.isEmpty, "an issue has a message")
            try require(!issue.description.contains("\n"), "an issue has one line: \(issue)")
        }
    }
}
