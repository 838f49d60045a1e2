import Linux
import Testing

@testable import Observation

struct ScanBudgetTests {
    @Test func `scans that cost less than their share come as configured`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        for _ in 0..<1000 { #expect(pace.spent(0.012, elapsed: 5) == .seconds(5)) }
    }

    @Test func `the first scan, which reads all programs, delays no other`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        #expect(pace.spent(1.5, elapsed: 0) == .seconds(5))
    }

    @Test func `scans that cost more come less often and keep to their share`() {
        var pace = ScanPace(interval: .seconds(5), cpuBudget: 0.01)
        var (cpu, elapsed, last) = (0.0, 0.0, 5.0)
        for _ in 0..<1000 {
            cpu += 0.1
            elapsed += last
            last = pace.spent(0.1, elapsed: last).seconds
        }
        #expect(last > 30 && last <= 60)
        #expect(cpu / elapsed <= 0.01 * ScanPace.shareOfBudget * 1.05)
    }

    @Test func `scans come at least once a minute`() {
        var pace = ScanPace(interval: .seconds(1), cpuBudget: 0.0001)
        #expect(pace.spent(1000, elapsed: 1) == ScanPace.maxInterval)
        #expect(pace.budget.isSpent)
        var rare = ScanPace(interval: .seconds(3600), cpuBudget: 0.0001)
        #expect(rare.spent(1000, elapsed: 1) == .seconds(3600))
    }
}
