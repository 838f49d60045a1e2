import TestSupport
import Testing

@testable import Probing

/// Whatever a worker writes, it gives a measurement whose parts are no more than the whole, or a failure.
struct ReportMutationTests {
    @Test(arguments: 0..<8) func `a damaged report is refused, or its ledgers add up`(seed: UInt64) throws {
        let original = try WorkerJSON.encode(Samples.report)
        var random = SeededGenerator(seed: seed)
        var believed = 0
        for _ in 0..<500 {
            let text = damaged(original, &random)
            guard let report = try? WorkerJSON.decode(WorkerReport.self, from: text) else { continue }
            guard (try? report.check(against: Samples.expectation)) != nil else { continue }
            believed += 1
            let measurement = Measurement(
                runtime: "fake",
                probe: report.probe,
                setup: report.setup,
                duration: report.duration,
                ledgers: report.workers,
                lock: report.lock,
                disturbances: [],
                finished: 0
            )
            let ledger = measurement.ledger
            let explained = ledger.cpu + (ledger.runQueue ?? 0) + (ledger.lockWait ?? 0)
            #expect(explained <= ledger.wall + ledger.wall / 50 + 4_000_000)
            #expect(ledger.iterations == 11)
            #expect(measurement.cpuUtilization.isFinite)
        }
        // Damage to a count that is not checked is not seen: without any, the generator damages too much to test this.
        #expect(believed > 0)
    }

    /// What numbers of a report may be replaced by.
    private let numbers = [
        "0", "-1", "1", "1.5", "1e3", "1e30", "18446744073709551615", "18446744073709551616", "null",
    ]

    private func damaged(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var text = original
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = text.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                text[place] = UInt8.random(in: 0...255, using: &random)
            case 1:
                let end = min(text.count, place + Int.random(in: 1...20, using: &random))
                text.removeSubrange(place..<end)
                if text.isEmpty { return text }
            default:
                guard let start = text[place...].firstIndex(where: isDigit) else { continue }
                let end = text[start...].firstIndex { !isDigit($0) } ?? text.endIndex
                text.replaceSubrange(start..<end, with: (numbers.randomElement(using: &random) ?? "").utf8)
            }
        }
        return text
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
