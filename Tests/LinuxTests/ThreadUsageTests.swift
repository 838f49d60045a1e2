import Linux
import Testing

struct ThreadUsageTests {
    @Test func `both parts of the CPU time are what the thread's clock says, to the microsecond`() throws {
        var least: UInt64 = 0
        // Until some of it is there to be told.
        while least < 2_000_000 { least = KernelClock.threadCPU() }
        let usage = try ThreadUsage.ofCallingThread()
        let most = KernelClock.threadCPU()
        let told = (usage.userMicroseconds + usage.systemMicroseconds) * 1000
        // Each part is rounded down to a microsecond.
        #expect(told + 2000 >= least)
        #expect(told <= most)
    }

    @Test func `a thread that waits for another switches voluntarily`() throws {
        let before = try ThreadUsage.ofCallingThread()
        let mutex = PThreadMutex()
        let condition = PThreadCondition()
        mutex.lock()
        while !condition.wait(mutex, until: KernelClock.monotonic() + 1_000_000) {}
        mutex.unlock()
        #expect(try ThreadUsage.ofCallingThread().voluntarySwitches > before.voluntarySwitches)
    }

    @Test func `the CPU time of children is never taken back`() {
        let before = ChildrenUsage.cpuSeconds()
        #expect(before >= 0)
        #expect(ChildrenUsage.cpuSeconds() >= before)
    }
}
