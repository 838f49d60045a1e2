import Linux
import Testing

@testable import Observation

struct ScanBudgetTests {
    @Test func `scans that cost less than their share come as configured`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        for _ in 0..<1000 { #expect(pace.scanned(0.012, elapsed: 5) == .seconds(5)) }
    }

    @Test func `the first scan, which reads all programs, delays no other`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        #expect(pace.spent(1.5, looks: 1.45, elapsed: 0, hasBacklog: false) == .seconds(5))
    }

    @Test func `scans of many processes keep to their share after a minute, and leave what is saved to looks`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        var (cpu, elapsed, last) = (0.0, 0.0, 5.0)
        for number in 0..<60 {
            if number >= 20 { (cpu, elapsed) = (cpu + 0.025, elapsed + last) }
            last = pace.scanned(0.025, elapsed: last).seconds
        }
        #expect(abs(cpu / elapsed - 0.01 * ScanPace.shareOfBudget) < 1e-4)
        #expect(pace.budget(elapsed: last).cpu > 1_800_000_000)
    }

    @Test func `scans that cost more come less often and keep to their share`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        var (cpu, elapsed, last) = (0.0, 0.0, 5.0)
        for _ in 0..<1000 {
            cpu += 0.1
            elapsed += last
            last = pace.scanned(0.1, elapsed: last).seconds
        }
        #expect(last > 30 && last <= 60)
        #expect(cpu / elapsed <= 0.01 * ScanPace.shareOfBudget * 1.05)
    }

    @Test func `a backlog is worked off, however expensive the scans themselves are`() {
        // A scan without looks costs its share of 17 s, or of 14 minutes.
        for cpuBudget in [0.01, 0.0002] {
            var pace = ScanPace(interval: .seconds(5), cpuBudget: cpuBudget)
            var (elapsed, cpu, last) = (0.0, 0.0, 0.0)
            for number in 0..<100 {
                let looks = Double(pace.budget(elapsed: last).cpu) / 1e9
                if number >= 10 { (elapsed, cpu) = (elapsed + last, cpu + looks + 0.043) }
                // Looks cost some more than they may.
                last = pace.spent(0.044 + looks, looks: looks + 0.001, elapsed: last, hasBacklog: true).seconds
                #expect(looks >= (cpuBudget == 0.01 ? 0.15 : 0.043))
            }
            if cpuBudget == 0.01 { #expect(cpu / elapsed <= 0.01 * ScanPace.shareOfBacklog * 1.05) }
        }
    }

    @Test func `the debts of a storm are forgiven once scans come rarely enough`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        for _ in 0..<100 { _ = pace.scanned(2, elapsed: 60) }
        #expect(pace.scanned(0.01, elapsed: 60) <= .seconds(5))
    }

    @Test func `a third of the budget is kept for the groups of those that were found`() {
        let budget = ScanBudget(cpu: .milliseconds(3))
        let began = KernelClock.threadCPU()
        while !budget.isSpentOnFinding { budget.spending { _ = KernelClock.threadCPU() } }
        #expect(!budget.isSpent && KernelClock.threadCPU() - began >= 2_000_000)
    }

    @Test func `looks use what scans leave, and otherwise keep to their share`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        var now: UInt64 = 1_000_000_000
        for _ in 0..<100 {
            #expect(!pace.lookBudget(at: now).isSpent)
            #expect(pace.looked(0.002, at: now) == .milliseconds(20))
            now += 1_000_000_000
        }
        // Scans that need all of their share, and a storm of new processes.
        _ = pace.scanned(5, elapsed: 0)
        let (start, seconds) = (now, 1000.0)
        var cpu = 0.0
        while Double(now - start) < seconds * 1e9 {
            cpu += 0.002
            now += UInt64(pace.looked(0.002, at: now).nanoseconds)
        }
        #expect(cpu / seconds <= 0.01 * ScanPace.shareOfLooks * 1.2)
        #expect(pace.lookBudget(at: now - 1).isSpent)
        // A debt is paid off by time, too.
        #expect(!pace.lookBudget(at: now + 10_000_000_000).isSpent)
    }

    @Test func `sampling has what scans and looks leave, and its own share at least`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        let ordinaryShare = 0.01 * (1 - ScanPace.shareOfBudget - ScanPace.shareOfLooks)
        let ownShare = 0.01 * (1 - ScanPace.shareOfBacklog - ScanPace.shareOfLooks)
        #expect(abs(pace.samplingBudget - ordinaryShare) < 1e-9)
        // A thousandth of a CPU, half of it for looks, is known after some minutes.
        for number in 0..<120 {
            _ = pace.looked(0.0025, at: UInt64(number) * 5_000_000_000)
            _ = pace.scanned(0.0025, elapsed: 5)
        }
        #expect(abs(pace.samplingBudget - 0.009) < 1e-6)
        // What a scan spends of the savings is paid for by the average of ten minutes.
        _ = pace.scanned(0.605, ofThemLooks: 0.6, elapsed: 5)
        #expect(abs(pace.samplingBudget - 0.008) < 1e-4)
        // Scans may also spend savings for minutes.
        for _ in 0..<200 { _ = pace.scanned(0.02, ofThemLooks: 0.02, elapsed: 5) }
        #expect(abs(pace.samplingBudget - 0.006) < 1e-3)
        for _ in 0..<200 { _ = pace.scanned(1, elapsed: 5) }
        #expect(abs(pace.samplingBudget - ownShare) < 1e-6)
    }

    @Test func `sampling knows from the start what scans take for looking into processes`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        // The first scan looks into all programs of the host.
        _ = pace.scanned(0.3, ofThemLooks: 0.29, elapsed: 0)
        var total = 0.0
        for _ in 0..<60 {
            _ = pace.scanned(0.0125, ofThemLooks: 0.01, elapsed: 5)
            total += 0.0025 + pace.samplingBudget
        }
        #expect(total / 60 < 0.01)
        #expect(abs(pace.samplingBudget - 0.0075) < 1e-4)
    }

    @Test func `looks that spend what scans have saved leave most of the budget to sampling`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        for _ in 0..<200 { _ = pace.scanned(0.0025, elapsed: 5) }
        let before = pace.samplingBudget
        for number in 0..<10 { _ = pace.looked(0.05, at: 1_000_000_000 * UInt64(number + 1)) }
        _ = pace.scanned(0.0025, elapsed: 10)
        #expect((0.0015...0.002).contains(before - pace.samplingBudget))
    }

    @Test func `one expensive look spends the savings, and is paid for by ten minutes`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        for _ in 0..<200 { _ = pace.scanned(0.0025, elapsed: 5) }
        let before = pace.samplingBudget
        _ = pace.lookBudget(at: 1_000_000_000)
        _ = pace.looked(0.9, at: 1_000_000_000)
        #expect(pace.lookBudget(at: 1_000_000_000).spentAfter(0.2))
        _ = pace.scanned(0.0025, elapsed: 5)
        #expect((0.0005...0.003).contains(before - pace.samplingBudget))
    }

    @Test func `an old debt of looks that is paid from new savings is not given to sampling`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        for _ in 0..<200 { _ = pace.scanned(0.0025, elapsed: 5) }
        // Scans that use up their savings, and looks in debt.
        _ = pace.scanned(2, ofThemLooks: 2, elapsed: 5)
        _ = pace.looked(0.1, at: 1_000_000_000)
        for _ in 0..<1000 { _ = pace.scanned(0.0025, elapsed: 5) }
        _ = pace.looked(0.001, at: 1_000_000_001)
        _ = pace.scanned(0.0025, elapsed: 5)
        #expect(pace.samplingBudget <= 0.0095)
    }

    @Test func `scans come at least once a minute`() {
        var pace = ScanPace(interval: .seconds(1), cpuBudget: 0.0001)
        #expect(pace.scanned(1000, elapsed: 1) == ScanPace.maxInterval)
        #expect(pace.budget(elapsed: 1).isSpent)
        var rare = ScanPace(interval: .seconds(3600), cpuBudget: 0.0001)
        #expect(rare.scanned(1000, elapsed: 1) == .seconds(3600))
    }
}

extension ScanBudget {
    /// Whether nothing is left after so many seconds of CPU.
    fileprivate func spentAfter(_ seconds: Double) -> Bool {
        let began = KernelClock.threadCPU()
        spending { while Double(KernelClock.threadCPU() - began) < seconds * 1e9 {} }
        return isSpent
    }
}

extension ScanPace {
    /// A scan that leaves nothing to the next one.
    fileprivate mutating func scanned(_ cpu: Double, ofThemLooks looks: Double = 0, elapsed: Double) -> Duration {
        _ = budget(elapsed: elapsed)
        return spent(cpu, looks: looks, elapsed: elapsed, hasBacklog: false)
    }
}
