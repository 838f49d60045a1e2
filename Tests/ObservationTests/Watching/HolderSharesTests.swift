import Linux
import Testing

@testable import Observation

struct HolderSharesTests {
    /// A process that always holds its lock, half of the time with a CPU, while one thread waits.
    ///
    /// - Parameters:
    ///   - time: observed time, in milliseconds.
    ///   - updated: when its holders were brought up to date.
    private static func process(at time: Int, updated: Int) -> ProcessObservation {
        var process = ProcessObservation(version: PythonVersion(major: 3, minor: 11, micro: 2), build: .gil)
        process.observed = .milliseconds(time)
        process.locks = LockTotals(held: .milliseconds(time), wait: .milliseconds(time))
        process.holders = HolderTotals(onCPU: .milliseconds(updated / 2), stalledWait: .milliseconds(updated / 2))
        return process
    }

    @Test func `shares are parts of the time between two looks`() throws {
        let (start, end) = (Self.process(at: 1000, updated: 1000), Self.process(at: 3000, updated: 3000))
        let shares = HolderShares(from: start, to: end)
        #expect(shares.onCPU == 0.5)
        #expect(shares.stalledWait == 0.5)
    }

    @Test func `a process that held nothing has no shares`() {
        let idle = Self.process(at: 1000, updated: 1000)
        var later = idle
        later.observed += .seconds(1)
        let shares = HolderShares(from: idle, to: later)
        #expect(shares.onCPU == nil)
        #expect(shares.stalledWait == nil)
    }

    @Test func `a share is never more than the whole`() {
        let shares = HolderShares(from: Self.process(at: 1000, updated: 0), to: Self.process(at: 1100, updated: 1000))
        #expect(shares.onCPU == 1)
        #expect(shares.stalledWait == 1)
    }

    @Test func `the CPU time of the process limits the shares at once, but for the chance of sampling`() throws {
        let none = HolderShares(from: Self.process(at: 1000, updated: 0), to: Self.process(at: 2000, updated: 0))
        func limited(cpu: Double, held: Double) -> HolderShares {
            var shares = none
            shares.onCPU = nil
            shares.limit(toCPU: cpu, held: held, samples: 100)
            return shares
        }
        #expect(limited(cpu: 0.25, held: 1).stalledWait == 0.75)
        #expect(limited(cpu: 0.25, held: 1).onCPU == 0.25)
        // A share of 0.5 that 100 samples have found is right to 0.1, in 19 of 20 cases.
        let half = try #require(limited(cpu: 0.2, held: 0.5).stalledWait)
        #expect(abs(half - 0.5) < 1e-9)
        #expect(limited(cpu: 0.41, held: 0.5).stalledWait == 0)
        // Two locks, and CPU time without a lock.
        #expect(limited(cpu: 1.5, held: 2).stalledWait == 0.25)
        #expect(limited(cpu: 3, held: 1).onCPU == nil)
        #expect(limited(cpu: 0, held: 0).onCPU == nil)
    }

    @Test(arguments: [100, 500, 1000, 1700, 5000])
    func `shares stay the same although the holders are brought up to date once a second`(interval: Int) throws {
        func look(_ time: Int) -> ProcessObservation { Self.process(at: time, updated: time / 1013 * 1013) }
        var recent = RecentHolderShares(look(20_000))
        for time in stride(from: 20_000 + interval, through: 60_000, by: interval) {
            recent.add(look(time))
            guard time > 30_000 else { continue }
            let share = try #require(recent.shares.stalledWait)
            // An update may be as old as the time between two looks, or as the time between two updates.
            #expect(abs(share - 0.5) <= 0.5 * Double(min(interval, 1013)) / 4000 + 0.001, "\(time)")
        }
    }

    @Test func `a holder that falls asleep, with nobody waiting, does not keep its shares`() throws {
        var recent = RecentHolderShares(Self.process(at: 0, updated: 0))
        for time in stride(from: 1000, through: 10_000, by: 1000) { recent.add(Self.process(at: time, updated: time)) }
        #expect(recent.shares.onCPU == 0.5)
        for time in stride(from: 11_000, through: 25_000, by: 1000) {
            recent.add(Self.process(at: time, updated: 10_000))
        }
        #expect(recent.shares.onCPU == 0)
    }
}
