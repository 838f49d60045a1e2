import Foundation
import Testing

@testable import Probing

struct ProbeTests {
    @Test(arguments: zip(Probe.allCases, [1, 1, 4, 4, 4]))
    func `only workers without a shared lock can be faster together`(probe: Probe, speedup: Int) {
        #expect(probe.idealSpeedup(workers: 4) == speedup)
    }

    @Test func `one probe is the reference, and it has one worker`() {
        #expect(Probe.allCases.filter(\.isReference) == [.single])
        #expect(Probe.allCases.map { $0.workers(3) } == [1, 3, 3, 3, 3])
    }

    @Test func `the worker protocol documents every probe, in this order`() throws {
        let repository = #filePath.components(separatedBy: "/Tests/")[0]
        let page = try String(contentsOfFile: "\(repository)/Documentation/worker-protocol.md", encoding: .utf8)
        let section = try #require(page.components(separatedBy: "\n## ").first { $0.hasPrefix("The probes\n") })
        let rows = section.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(names == Probe.allCases.map(\.rawValue))
    }
}
