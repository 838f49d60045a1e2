import Linux
import Testing

@testable import Observation

/// Real interpreters, whose threads wait for the lock in functions that are known.
@Suite(.serialized)
struct WaiterProfilerTests {
    @Test(arguments: PythonInterpreter.all)
    func `the functions that wait are found, and charged with the whole wait`(interpreter: PythonInterpreter) throws {
        let process = try PythonProcess(
            interpreter,
            """
            def first():
                while True:
                    pass
            def second():
                while True:
                    pass
            threading.Thread(target=first, daemon=True).start()
            threading.Thread(target=second, daemon=True).start()
            threading.Thread(target=second, daemon=True).start()
            say("ready")
            while True:
                time.sleep(60)
            """
        )
        let location = try process.location()
        #expect(try process.line() == "ready")
        var sampled = SampledProcess(location, memory: ProcessMemory(pid: location.process.pid), isProfiled: true)
        for _ in 0..<200 {
            sampled.sample(waiterWeight: 1, clock: KernelClock.monotonic)
            KernelClock.sleep(until: KernelClock.monotonic() + .random(in: 2_000_000...6_000_000))
        }
        #expect(sampled.state == .observed)
        let observation = try #require(sampled.tracked.observation)
        guard observation.isGILEnabled else { return }
        let taken = sampled.takeProfile()
        let profile = try #require(taken)
        let waited = Double(profile.waiters.total.wait)
        // All that the lock says, but for fractions of nanoseconds.
        #expect(abs(waited - Double(profile.holders.total.wait)) < 1e-6 * waited)
        #expect(waited > 0 && profile.waiters.total.held == 0)
        #expect(profile.waiters.total.waits <= observation.locks.waitsEnded)
        var shares: [String: Double] = [:]
        for index in profile.waiters.nodes.indices {
            guard let innermost = profile.waiters.stack(endingAt: index).first else { continue }
            shares[innermost.name, default: 0] += Double(profile.waiters.nodes[index].cost.wait) / waited
        }
        guard interpreter.minor >= 11 else {
            #expect(shares.keys.sorted() == [PythonFunction.unknown.name], "the numbers of threads are not kept")
            return
        }
        let unknown = shares[PythonFunction.unknown.name] ?? 0
        // On a busy host, threads that wait for the lock and for a CPU may not be told apart.
        #expect(unknown < 0.7, "\(shares)")
        #expect(abs((shares["second"] ?? 0) / (1 - unknown) - 2.0 / 3) < 0.25, "\(shares)")
        #expect(abs((shares["first"] ?? 0) / (1 - unknown) - 1.0 / 3) < 0.25, "\(shares)")
    }
}

struct WaiterChargeTests {
    private let stack: [UInt32] = []

    private func total(_ charge: (inout WaiterProfiler) -> Void) -> LockCost {
        var profiler = WaiterProfiler(of: 1)
        charge(&profiler)
        return profiler.take().total
    }

    @Test(arguments: [0, 2, 3, 5])
    func `the sum is what the lock says, however many threads were found`(found: Int) {
        let total = total { $0.charge(Array(repeating: stack, count: found), 1_000_000, waiting: 3) }
        #expect(total.wait == 3_000_000)
    }

    @Test func `ended waits are charged once, as soon as threads are found`() {
        let total = total { profiler in
            profiler.add(waits: 7)
            profiler.charge([], 1000, waiting: 1)
            profiler.charge([stack, stack], 1000, waiting: 2)
            profiler.add(waits: 1)
            profiler.charge([stack, stack], 1000, waiting: 2)
        }
        #expect(total.waits == 8)
    }
}
