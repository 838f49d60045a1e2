import Glibc
import Testing

@testable import Linux

/// Each in a process of its own, as a signal is the process's.
struct StopSignalsTests {
    @Test func `before a stop is set up, a signal ends the program as it does by default`() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            _ = try StopSignals(limit: .seconds(60), status: 9) {}
            kill(getpid(), SIGINT)
            while true { sleep(60) }
        }
    }

    @Test func `a signal begins the stop`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let stops = try StopSignals(limit: .seconds(60), status: 9) {}
            stops.handle { exit(7) }
            StopSignals.raise()
            while true { sleep(60) }
        }
    }

    @Test func `a stop that takes too long calls the handler and ends`() async {
        let result = await #expect(processExitsWith: .exitCode(9), observing: [\.standardErrorContent]) {
            let stops = try StopSignals(limit: .milliseconds(1), status: 9) {
                do { try StandardStream.error.write("overdue\n") } catch {}
            }
            stops.handle {}
            StopSignals.raise()
            while true { sleep(60) }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("overdue\n"))
    }
}
