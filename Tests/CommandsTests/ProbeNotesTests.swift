import Testing

@testable import Commands
@testable import Probing

struct ProbeNotesTests {
    private let native = Self.info("native", supports: [.single, .gil], unsupported: [.lockfree: "it has none"])
    private let pypy = Self.info("pypy", supports: [.single], unsupported: [:])

    @Test func `a named probe that a named runtime does not support is an error with the reason`() {
        let errors = ProbeNotes.refusals(
            of: [.lockfree, .gil],
            by: [("native", native), ("pypy3", pypy)],
            areRuntimesNamed: true
        )
        #expect(
            errors == [
                "pypy3: pypy 1.2.3 cannot run gil: it gives no reason; it supports single",
                "native: native 1.2.3 cannot run lockfree: it has none; it supports single, gil",
                "pypy3: pypy 1.2.3 cannot run lockfree: it gives no reason; it supports single",
            ]
        )
    }

    @Test func `without named runtimes, a probe that one of them supports is not an error`() {
        let runtimes: [(runtime: String, info: RuntimeInfo?)] = [("native", native), ("pypy3", pypy)]
        #expect(ProbeNotes.refusals(of: [.gil], by: runtimes, areRuntimesNamed: false).isEmpty)
        #expect(ProbeNotes.refusals(of: [.lockfree], by: runtimes, areRuntimesNamed: false).count == 2)
        #expect(ProbeNotes.refusals(of: [], by: runtimes, areRuntimesNamed: false).isEmpty)
    }

    @Test func `a runtime that does not describe itself has failed already`() {
        #expect(ProbeNotes.refusals(of: [.gil], by: [("python3", nil)], areRuntimesNamed: true).isEmpty)
    }

    @Test func `countdowns that were too short are named`() {
        let runs = [(Probe.single, 9_999_999), (.gil, 10_000_000), (.lockfree, 1)].map { probe, duration in
            let ledger = TimeLedger(iterations: 1, wall: UInt64(duration), user: 1, system: 0)
            let measurement = Measurement(
                runtime: "native",
                probe: probe,
                setup: 0,
                duration: UInt64(duration),
                ledgers: [ledger],
                disturbances: [],
                finished: 0
            )
            return Round.Run(runtime: "native", probe: probe, outcome: .success(measurement))
        }
        #expect(
            ProbeNotes.warning(about: Round(number: 0, runs: runs))
                == "warning: these measurements took less than 10 ms, too short to compare; raise --iterations: "
                + "native single, native lockfree"
        )
        #expect(ProbeNotes.warning(about: Round(number: 0, runs: [])) == nil)
    }

    private static func info(
        _ implementation: String,
        supports probes: [Probe],
        unsupported: [Probe: String]
    ) -> RuntimeInfo {
        RuntimeInfo(
            protocol: 1,
            implementation: implementation,
            version: "1.2.3",
            freeThreaded: false,
            path: "/usr/bin/it",
            iterations: 11,
            supported: probes.map(\.rawValue),
            unsupported: Dictionary(uniqueKeysWithValues: unsupported.map { ($0.key.rawValue, $0.value) })
        )
    }
}
