import Testing

@testable import Probing

struct ProbeTests {
    @Test(arguments: [(.single, 1), (.gil, 1), (.lockfree, 4), (.multiprocess, 4)] as [(Probe, Int)])
    func `only workers without a shared lock can be faster together`(probe: Probe, speedup: Int) {
        #expect(probe.idealSpeedup(workers: 4) == speedup)
    }

    @Test func `one probe is the reference, and it has one worker`() {
        #expect(Probe.allCases.filter(\.isReference) == [.single])
        #expect(Probe.single.workers(3) == 1)
        #expect(Probe.gil.workers(3) == 3)
    }

    @Test func `only countdowns are compared with the reference`() {
        #expect(Probe.allCases.filter { $0.work != .countdown } == [.refcount, .latency])
        #expect(Probe.allCases.filter(\.isParallel) == [.lockfree, .multiprocess, .subinterpreter])
    }

    @Test func `a worker that wakes up needs another one`() {
        #expect(Probe.latency.workers(1) == 2)
        #expect(Probe.latency.workers(3) == 3)
        #expect(Probe.refcount.workers(1) == 1)
    }
}
