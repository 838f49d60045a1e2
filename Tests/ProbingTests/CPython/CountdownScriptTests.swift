import Linux
import Testing

@testable import Probing

private let hostPython = RuntimeDiscovery(path: Environment.value("PATH") ?? RuntimeDiscovery.standardPath)
    .interpreter("python3")

/// The countdown in the host's own interpreter, started and checked as the daemon does.
struct CountdownScriptTests {
    @Test(.enabled(if: hostPython != nil, "there is no python3 on PATH"))
    func `every supported probe gives a report that can be believed`() async throws {
        let runner = ProbeRunner(launcher: Program.launcher)
        var runtime = try #require(hostPython)
        let description = try await runner.describe(runtime, timeLimit: .seconds(60))
        #expect(description.supports(.single))
        #expect(description.supported.count + description.unsupported.count == Probe.allCases.count)
        runtime.iterations = 20_001
        var settings = ProbingSettings()
        settings.timeLimit = .seconds(60)
        for probe in Probe.allCases where description.supports(probe) {
            let measurement = try await runner.measure(
                probe,
                of: runtime,
                describedAs: description,
                settings: settings
            )
            #expect(measurement.workers.map(\.iterations) == (probe == .single ? [20_001] : [10_001, 10_000]))
            // One lock of which the counts are those of the countdown; before 3.8 and off glibc they are not known.
            if probe != .gil { #expect(measurement.lock == nil) }
            if let lock = measurement.lock {
                #expect(lock.acquisitions == nil)
                #expect(try #require(lock.forcedHandoffs) <= #require(lock.switches))
                #expect(lock.timedWaits != nil)
            }
        }
    }
}
