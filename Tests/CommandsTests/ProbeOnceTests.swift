import ArgumentParser
import Linux
import Testing

@testable import Commands
@testable import Probing

struct ProbeOnceTests {
    @Test func `each run replaces the progress of the one before, and the end clears it`() {
        let written = Protected<[String]>([])
        let progress = Progress { text in written.withLock { $0.append(text) } }
        progress.show(.began(runtime: "native", probe: .single, done: 0, total: 2))
        progress.show(.began(runtime: "python3", probe: .gil, done: 1, total: 2))
        progress.clear()
        #expect(
            written.withLock { $0 } == [
                "\r\u{1B}[K[1/2] native single …", "\r\u{1B}[K[2/2] python3 gil …", "\r\u{1B}[K",
            ]
        )
    }

    @Test func `other events are not progress`() {
        let written = Protected<[String]>([])
        let progress = Progress { text in written.withLock { $0.append(text) } }
        progress.show(.failed(runtime: "native", probe: .gil, WorkerFailure(.crash, "it died")))
        #expect(written.withLock { $0 }.isEmpty)
    }

    @Test func `chosen lengths apply to their probes, and may take long`() throws {
        let flags = ["--pairs", "1000000000", "--wake-ups", "2000", "--iterations", "7", "--probe", "latency"]
        let probe = try ProbeOnce.parse(flags)
        var settings = ProbingSettings()
        probe.adapt(&settings)
        #expect(settings.wakeUps == 2000)
        #expect(settings.phaseLimit == nil)
        #expect(settings.countdownTimeLimit == .seconds(3600))
        #expect(settings.probes == [.latency])
        var runtime = RuntimeConfiguration.native
        probe.adapt(&runtime)
        #expect((runtime.pairs, runtime.iterations) == (1_000_000_000, 7))
    }

    @Test(arguments: [["--pairs=5"], ["--wake-ups=5"], ["--iterations=5"]])
    func `each chosen length extends the time limit`(flags: [String]) throws {
        var settings = ProbingSettings()
        settings.timeLimit = .seconds(4000)
        try ProbeOnce.parse(flags).adapt(&settings)
        #expect(settings.countdownTimeLimit == .seconds(4000))
    }

    @Test func `without flags the settings stay as they are`() throws {
        var settings = ProbingSettings()
        let probe = try ProbeOnce.parse([])
        probe.adapt(&settings)
        #expect(settings == ProbingSettings())
        var runtime = RuntimeConfiguration.native
        probe.adapt(&runtime)
        #expect(runtime == .native)
    }
}
