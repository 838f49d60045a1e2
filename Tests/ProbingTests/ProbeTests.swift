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
}
