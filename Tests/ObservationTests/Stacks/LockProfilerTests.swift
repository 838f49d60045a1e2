import Linux
import Testing

@testable import Observation

/// Real interpreters, whose programs know what their threads do.
@Suite(.serialized)
struct LockProfilerTests {
    @Test(arguments: PythonInterpreter.all)
    func `the functions that hold the lock are found with their names, files and lines`(
        interpreter: PythonInterpreter
    ) throws {
        let process = try PythonProcess(
            interpreter,
            """
            class Report:
                def totals(self):
                    while True:
                        pass
            def zusammenfassung_für_größe():
                Report().totals()
            def рекурсия(depth):
                if depth:
                    рекурсия(depth - 1)
                else:
                    zusammenfassung_für_größe()
            def steps():
                рекурсия(20)
                yield
            def wait():
                while True:
                    pass
            threading.Thread(target=wait, daemon=True).start()
            say("ready")
            list(steps())
            """
        )
        let location = try process.location()
        #expect(try process.line() == "ready")
        guard let profile = try profile(of: location, samples: 100) else { return }
        let stacks = profile.nodes.indices.filter { profile.nodes[$0].cost.held > 0 }
            .map { (profile.stack(endingAt: $0), profile.nodes[$0].cost.held) }
        let total = profile.total
        let unknown = stacks.filter { $0.0 == [.unknown] }.reduce(0) { $0 + $1.1 }
        #expect(Double(unknown) <= 0.1 * Double(total.held), "\(stacks)")
        let isQualified = interpreter.minor >= 11
        let deep = try #require(stacks.first { $0.0.first?.name.hasSuffix("totals") ?? false }, "\(stacks)").0
        #expect(deep[0].name == (isQualified ? "Report.totals" : "totals"))
        #expect(deep[0].file == "<string>" && deep[0].line > 0)
        #expect(deep[1].name == "zusammenfassung_für_größe")
        #expect(deep[2...22].allSatisfy { $0.name == "рекурсия" })
        #expect(deep[23].name == "steps")
        #expect(deep[24].name == "<module>")
        #expect(deep.count == 25)
        let beside = try #require(stacks.first { $0.0.first?.name == "wait" }).0
        #expect(beside.map(\.name).contains { $0.hasSuffix("run") })
        // Both threads count, and each waits for the other.
        #expect(Double(total.wait) >= 0.5 * Double(total.held))
    }

    @Test(arguments: PythonInterpreter.all)
    func `a deep recursion is read whole, or cut at its outer end`(interpreter: PythonInterpreter) throws {
        for (depth, isCut) in [(200, false), (400, true)] {
            let process = try PythonProcess(
                interpreter,
                """
                def inner():
                    while True:
                        pass
                def down(depth):
                    a = b = c = d = depth
                    return down(depth - 1) if depth else inner()
                say("ready")
                down(\(depth))
                """
            )
            let location = try process.location()
            #expect(try process.line() == "ready")
            guard let profile = try profile(of: location, samples: 40) else { return }
            let nodes = profile.nodes
            let deepest = try #require(nodes.indices.max { nodes[$0].cost.held < nodes[$1].cost.held })
            let stack = profile.stack(endingAt: deepest)
            #expect(stack.first?.name == "inner")
            #expect(stack.count == (isCut ? StackReader.maxDepth + 1 : depth + 3))
            #expect(stack.last == (isCut ? .outer : stack.last { $0.name == "<module>" }))
        }
    }

    /// Samples a process every few milliseconds. Nil if it runs without a lock.
    private func profile(of location: InterpreterLocation, samples: Int) throws -> StackProfile? {
        var sampled = SampledProcess(location, memory: ProcessMemory(pid: location.process.pid), isProfiled: true)
        for _ in 0..<samples {
            sampled.sample(clock: KernelClock.monotonic)
            KernelClock.sleep(until: KernelClock.monotonic() + .random(in: 2_000_000...6_000_000))
        }
        #expect(sampled.state == .observed)
        guard sampled.tracked.observation?.isGILEnabled == true else { return nil }
        return sampled.takeProfile()?.holders ?? StackProfile()
    }
}
