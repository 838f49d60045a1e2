import Testing

@testable import Exposition

struct MetadataTests {
    @Test func `the text format has no units and no infos, and escapes no quotes`() {
        let counter = Metadata(.counter, "a_seconds_total", help: "\"x\"\n\\", unit: .seconds)
        #expect(
            String(decoding: counter.header(.text), as: UTF8.self)
                == "# TYPE a_seconds_total counter\n# HELP a_seconds_total \"x\"\\n\\\\\n"
        )
        let info = Metadata(.info, "a_info", help: "x", unit: nil)
        #expect(String(decoding: info.header(.text), as: UTF8.self) == "# TYPE a_info gauge\n# HELP a_info x\n")
    }

    @Test func `OpenMetrics omits the type's suffix from the name and has the unit`() {
        let counter = Metadata(.counter, "a_seconds_total", help: "\"x\"\n\\", unit: .seconds)
        #expect(
            String(decoding: counter.header(.openMetrics), as: UTF8.self)
                == "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds \\\"x\\\"\\n\\\\\n"
        )
        let info = Metadata(.info, "a_info", help: "x", unit: nil)
        #expect(String(decoding: info.header(.openMetrics), as: UTF8.self) == "# TYPE a info\n# HELP a x\n")
    }

    @Test(arguments: ["a", "_", "gil_probe_runs", "A9_b"])
    func `names that every Prometheus accepts are valid`(_ name: String) {
        #expect(name.isMetricName)
        #expect(name.isLabelName)
    }

    @Test(arguments: ["", "9a", "a-b", "a:b", "a b", "é", "a.b", "a\n"])
    func `other names are invalid`(_ name: String) {
        #expect(!name.isMetricName)
        #expect(!name.isLabelName)
    }

    @Test(arguments: ["le", "__name__"])
    func `labels reserved by Prometheus are invalid`(_ name: String) {
        #expect(name.isMetricName)
        #expect(!name.isLabelName)
    }

    @Test func `a name that disagrees with its type or unit ends the program with an explanation`() async {
        let name = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Metadata(.gauge, "a-b", help: "x", unit: nil)
        }
        #expect(name.says("'a-b' is not a metric name"))
        let total = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Metadata(.counter, "a", help: "x", unit: nil)
        }
        #expect(total.says("'a' is a counter: names of type counter end in '_total', and no others do"))
        let gauge = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Metadata(.gauge, "a_info", help: "x", unit: nil)
        }
        #expect(gauge.says("'a_info' is a gauge: names of type info end in '_info', and no others do"))
        let unit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Metadata(.gauge, "a_bytes", help: "x", unit: .seconds)
        }
        #expect(unit.says("'a_bytes' and its unit disagree: a name ends in '_seconds' just when its unit is seconds"))
        let noUnit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Metadata(.counter, "a_bytes_total", help: "x", unit: nil)
        }
        #expect(noUnit.says("a name ends in '_bytes' just when its unit is bytes"))
        let help = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Metadata(.gauge, "a", help: "", unit: nil)
        }
        #expect(help.says("'a' has no help"))
    }
}
