import Glibc
import Linux
import Testing

@testable import Observation

/// Real interpreters, which know the truth about themselves.
@Suite(.enabled(if: PythonInterpreter.any != nil, "needs python3 from 3.8 on, on PATH (Debian: python3)"))
struct GILSamplerTests {
    /// Far above the default and without a budget, so that tests need not wait long for samples.
    private let settings = GILSampler.Settings(rate: 1000, cpuBudget: 1)

    @Test(arguments: PythonInterpreter.all, [1, 5])
    func `threads that wait for a lock that is kept are counted exactly`(
        interpreter: PythonInterpreter,
        contenders: Int
    ) throws {
        let python = try PythonProcess(
            interpreter,
            """
            usleep = ctypes.PyDLL(None).usleep  # PyDLL keeps the lock while it calls
            def want():
                while True: time.sleep(0)
            threads = [threading.Thread(target=want, daemon=True) for _ in range(\(contenders))]
            for thread in threads: thread.start()
            wait_for_line()
            say("holding")
            usleep(1_000_000_000 // 10)
            """
        )
        let location = try python.location()
        let sampler = try GILSampler(settings)
        sampler.track(location)
        func observation() throws -> ProcessObservation {
            try #require(sampler.publication().processes[location.process]?.observation)
        }
        python.send()
        _ = try python.line()
        try wait(for: sampler, location.process) { $0.waitingThreads == contenders }
        // Once it holds the lock, nothing changes for 100 seconds; before, another thread may have held it.
        var (before, after) = (try observation(), try observation())
        repeat {
            before = try observation()
            try wait(for: sampler, location.process) { $0.samples >= before.samples + 200 }
            after = try observation()
        } while before.locks.switches != after.locks.switches || before.waitingThreads != contenders
        #expect(after.waitingThreads == contenders)
        let held = after.locks.held - before.locks.held
        let wait = after.locks.wait - before.locks.wait
        #expect(held > .zero)
        // A waiter interrupts its wait once in a switch interval.
        #expect(wait <= held * contenders)
        #expect(wait > held * contenders * 9 / 10)
        #expect(after.locks.timedWaits > before.locks.timedWaits)
        #expect(after.version == location.version)
        #expect(after.switchInterval == .milliseconds(5))
    }

    @Test(arguments: PythonInterpreter.all)
    func `the exact counters equal those in the memory of the process`(interpreter: PythonInterpreter) throws {
        let python = try PythonProcess(
            interpreter,
            """
            def count():
                while not ended: pass
            ended = False
            threads = [threading.Thread(target=count) for _ in range(2)]
            wait_for_line()
            for thread in threads: thread.start()
            say("counting")
            wait_for_line()
            ended = True
            for thread in threads: thread.join()
            say("ended")
            wait_for_line()
            """
        )
        let location = try python.location()
        let sampler = try GILSampler(settings)
        sampler.track(location)
        try wait(for: sampler, location.process) { _ in true }
        // The process waits for a line, so nothing changes between this read and the sampler's.
        let memory = ProcessMemory(pid: python.pid)
        var reader = try GILReader(of: location, in: memory)
        let before = try reader.states(in: memory)[0]
        python.send()
        _ = try python.line()
        let begun = try #require(sampler.publication().processes[location.process]?.observation)
        try wait(for: sampler, location.process) { $0.locks.held - begun.locks.held > .milliseconds(500) }
        python.send()
        _ = try python.line()
        let quiet = try #require(sampler.publication().processes[location.process]?.observation).samples
        try wait(for: sampler, location.process) { $0.samples > quiet + 20 }
        let after = try reader.states(in: memory)[0]
        let seen = try #require(sampler.publication().processes[location.process]?.observation)
        #expect(seen.locks.switches == after.switches - before.switches)
        #expect(seen.locks.timedWaits == (try #require(after.contenders).waits - #require(before.contenders).waits))
        #expect(seen.locks.forcedHandoffs == (try #require(after.droppers).waits - #require(before.droppers).waits))
        #expect(seen.locks.switches > 0)
        // Each of the two threads waits for the other: almost every switch ends a wait.
        #expect(seen.locks.waitsEnded <= seen.locks.switches)
        #expect(seen.locks.waitsEnded > seen.locks.switches * 8 / 10)
    }

    @Test(arguments: PythonInterpreter.all)
    func `a process that sleeps neither holds nor waits`(interpreter: PythonInterpreter) throws {
        let python = try PythonProcess(interpreter, "say('asleep'); wait_for_line()")
        let location = try python.location()
        _ = try python.line()
        let sampler = try GILSampler(settings)
        sampler.track(location)
        try wait(for: sampler, location.process) { $0.samples > 50 }
        let seen = try #require(sampler.publication().processes[location.process]?.observation)
        // It may not have waited yet when the first samples were taken.
        #expect(seen.locks.held < .milliseconds(25))
        #expect(seen.locks.wait == .zero)
        #expect(seen.waitingThreads == 0)
        #expect(seen.interpreters == 1)
    }

    @Test(arguments: PythonInterpreter.all.filter { $0.minor == 12 || $0.minor == 13 })
    func `interpreters that come and go are noticed`(interpreter: PythonInterpreter) throws {
        let module = interpreter.minor == 12 ? "_xxsubinterpreters" : "_interpreters"
        let python = try PythonProcess(
            interpreter,
            """
            import \(module) as interpreters
            wait_for_line()
            one = interpreters.create()
            wait_for_line()
            interpreters.destroy(one)
            wait_for_line()
            """
        )
        let location = try python.location()
        let sampler = try GILSampler(settings)
        sampler.track(location)
        for count in [1, 2, 1] {
            try wait(for: sampler, location.process) { $0.interpreters == count }
            python.send()
        }
    }

    @Test(arguments: PythonInterpreter.all)
    func `a forked process counts separately, and an ended one keeps its observation`(
        interpreter: PythonInterpreter
    ) throws {
        let python = try PythonProcess(
            interpreter,
            """
            child = os.fork()
            if child == 0:
                time.sleep(1000)
            say(child)
            wait_for_line()
            os.kill(child, 9)
            os.waitpid(child, 0)
            say("reaped")
            wait_for_line()
            """
        )
        let parent = try python.location()
        var child = parent
        child.process = try #require(ProcessIdentity(of: Int32(try python.numbers()[0])))
        let sampler = try GILSampler(settings)
        sampler.track(parent)
        sampler.track(child)
        try wait(for: sampler, child.process) { $0.samples > 50 }
        let seen = try #require(sampler.publication().processes[child.process]?.observation)
        #expect(seen.locks.switches < 10)
        python.send()
        _ = try python.line()
        try wait(for: sampler, child.process, state: .ended)
        #expect(try #require(sampler.publication().processes[child.process]?.observation).samples >= seen.samples)
        #expect(sampler.publication().ended == [child.process])
        sampler.untrack(child.process)
        #expect(sampler.publication().processes[child.process] == nil && sampler.publication().ended.isEmpty)
        #expect(sampler.publication().processes[parent.process]?.state == .observed)
    }

    @Test func `a process that executes another program stops being an interpreter`() throws {
        let python = try PythonProcess(
            try #require(PythonInterpreter.any),
            "wait_for_line(); os.execv('/bin/sleep', ['sleep', '1000'])"
        )
        let location = try python.location()
        let sampler = try GILSampler(settings)
        sampler.track(location)
        try wait(for: sampler, location.process) { $0.samples > 5 }
        python.send()
        try wait(for: sampler, location.process, state: .unobservable(.layout))
        #expect(sampler.publication().processes[location.process]?.observation != nil)
    }

    @Test func `however many others start and end, the next sample comes as soon as otherwise`() throws {
        let python = try PythonProcess(try #require(PythonInterpreter.any), "wait_for_line()")
        let location = try python.location()
        // A mean pause of two seconds.
        let sampler = try GILSampler(GILSampler.Settings(rate: 0.5, cpuBudget: 1))
        sampler.track(location)
        try wait(for: sampler, location.process) { $0.samples > 0 }
        let begin = KernelClock.monotonic()
        // No process has this number: PID_MAX_LIMIT of include/linux/threads.h.
        let other = InterpreterLocation(
            process: ProcessIdentity(pid: 5_000_000, startTime: 1),
            runtime: location.runtime,
            version: location.version,
            libc: location.libc
        )
        for _ in 0..<50 {
            sampler.track(other)
            usleep(10_000)
            sampler.untrack(other.process)
            usleep(10_000)
        }
        let samples = try #require(sampler.publication().processes[location.process]?.observation).samples
        // Nor sooner: the pauses are of one to three seconds.
        #expect(samples <= 2 + (KernelClock.monotonic() - begin) / 1_000_000_000)
        try wait(for: sampler, location.process) { $0.samples > samples + 1 }
    }

    @Test func `a process that cannot be read is not tried a hundred times a second`() throws {
        let python = try PythonProcess(try #require(PythonInterpreter.any), "wait_for_line()")
        let location = try python.location()
        let elsewhere = InterpreterLocation(
            process: location.process,
            runtime: 4096,
            version: location.version,
            libc: location.libc
        )
        let sampler = try GILSampler(GILSampler.Settings(rate: 1000, cpuBudget: 1))
        sampler.track(elsewhere)
        var passes = [UInt64]()
        repeat {
            try #require(passes.count < 60, "\(passes)")
            passes.append(sampler.publication().passes.count)
            usleep(500_000)
        } while passes.count < 2 || passes[passes.count - 1] - passes[passes.count - 2] > 50
        #expect(sampler.publication().processes[location.process]?.state != .observed)
    }

    @Test func `while nothing is tracked, the thread does not wake up`() throws {
        let sampler = try GILSampler(settings)
        let python = try PythonProcess(try #require(PythonInterpreter.any), "wait_for_line()")
        let location = try python.location()
        sampler.track(location)
        try wait(for: sampler, location.process) { $0.samples > 5 }
        sampler.untrack(location.process)
        // The pass that was under way may still end.
        let paused = try GILSampler(settings)
        paused.track(location)
        try wait(for: paused, location.process) { $0.samples > 50 }
        let cost = sampler.publication().cpuTime
        try wait(for: paused, location.process) { $0.samples > 150 }
        #expect(sampler.publication().cpuTime == cost)
    }

    /// Polls, as a scrape does: no event announces a sample.
    private func wait(
        for sampler: GILSampler,
        _ process: ProcessIdentity,
        until condition: (ProcessObservation) -> Bool
    ) throws {
        for _ in 1...30_000 {
            let tracked = try #require(sampler.publication().processes[process])
            if let observation = tracked.observation, condition(observation) { return }
            usleep(1000)
        }
        let tracked = sampler.publication().processes[process]
        Issue.record("after 30 s: \(String(describing: tracked))")
        throw SystemError("wait", code: ETIMEDOUT)
    }

    private func wait(
        for sampler: GILSampler,
        _ process: ProcessIdentity,
        state: TrackedProcess.State
    ) throws {
        for _ in 1...30_000 {
            if sampler.publication().processes[process]?.state == state { return }
            usleep(1000)
        }
        Issue.record("after 30 s: \(String(describing: sampler.publication().processes[process]))")
    }
}
