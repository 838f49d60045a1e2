import Foundation
import Observation
import Probing
import Testing

@testable import Reports

struct ConfigurationJSONTests {
    private typealias Object = [String: Any]

    @Test func `the settings in force have the keys of the file, and no secrets`() throws {
        var probing = ProbingSettings()
        probing.runtimes = [
            RuntimeConfiguration(name: "own", launch: .program(command: ["/opt/worker", "--token", "s3cret"]))
        ]
        var observation = ObservationSettings()
        let name = try #require(GroupTemplate("web-$1"))
        observation.groups = [
            GroupRule(name: name, patterns: [.init(.commandLine, try RegularExpression("^gunicorn (.*)"))]),
            GroupRule(name: nil, patterns: [.init(.user, try RegularExpression("^nobody$"))]),
        ]
        let json = try ConfigurationJSON.encode(probing, observation, file: "/etc/gil-exporter.yml")
        #expect(!String(decoding: json, as: UTF8.self).contains("s3cret"))
        let document = try #require(JSONSerialization.jsonObject(with: Data(json)) as? Object)
        #expect(document["file"] as? String == "/etc/gil-exporter.yml")
        let section = try #require(document["probing"] as? Object)
        #expect(section["interval_seconds"] as? Double == 60)
        #expect(section["probes"] as? [String] == Probe.allCases.map(\.rawValue))
        let runtimes = try #require((document["runtimes"] as? Object)?["list"] as? [Object])
        #expect(runtimes.first?["program"] as? String == "/opt/worker")
        #expect(runtimes.first?["argument_count"] as? Int == 2)
        let groups = try #require((document["observation"] as? Object)?["groups"] as? [Object])
        #expect(groups[0]["name"] as? String == "web-$1")
        #expect(groups[0]["command_line"] as? String == "^gunicorn (.*)")
        #expect(Set(groups[1].keys) == ["exclude", "user"])
    }
}
