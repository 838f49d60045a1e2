import Glibc
import Linux
import Testing

struct ThreadUsageTests {
    @Test func `user and system time add up to the thread's clock, to the microsecond`() throws {
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
        Monitor(false).wait(until: .now + .milliseconds(1)) { $0 }
        #expect(try ThreadUsage.ofCallingThread().voluntarySwitches > before.voluntarySwitches)
    }

    @Test func `the CPU time of children never decreases`() {
        let before = ChildrenUsage.cpuSeconds()
        #expect(before >= 0)
        #expect(ChildrenUsage.cpuSeconds() >= before)
    }
}

struct SchedStatTests {
    @Test func `the three numbers are time on a CPU, time on run queues, and time slices`() {
        let expected = SchedStat(onCPU: 43_560_177, runQueue: 96_871, timeslices: 52)
        #expect(SchedStat(parsing: Array("43560177 96871 52\n".utf8)) == expected)
        #expect(SchedStat(parsing: Array("43560177 96871 52".utf8)) == expected)
    }

    @Test(
        arguments: [
            "", "\n", "1 2\n", "1 2 3 4\n", "1 2 x\n", "1  2 3\n", " 1 2 3\n", "1 2 3\n\n", "-1 2 3\n",
            "1 2 18446744073709551616\n",
        ]
    )
    func `other text is refused`(content: String) {
        #expect(SchedStat(parsing: Array(content.utf8)) == nil)
    }

    @Test(.enabled(if: SchedStatTests.kernelHasSchedStat, "this kernel has no schedstat"))
    func `an open file returns current numbers`() {
        guard let file = SchedStatFile(), let before = file.read() else {
            Issue.record("/proc/thread-self/schedstat cannot be read")
            return
        }
        // The kernel brings the numbers up to date when the thread is put off its CPU: so that is what is awaited.
        var after = before
        while after.onCPU == before.onCPU {
            sched_yield()
            after = file.read() ?? after
        }
        #expect(after.onCPU > before.onCPU)
        #expect(after.runQueue >= before.runQueue)
        #expect(after.timeslices >= before.timeslices)
    }

    static let kernelHasSchedStat = unsafe access("/proc/thread-self/schedstat", R_OK) == 0
}
