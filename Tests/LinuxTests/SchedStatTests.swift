import Glibc
import Linux
import Testing

struct SchedStatTests {
    @Test func `three numbers are time on a CPU, time on run queues, and time slices`() {
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
    func `anything else is refused`(content: String) {
        #expect(SchedStat(parsing: Array(content.utf8)) == nil)
    }

    @Test(.enabled(if: SchedStatTests.kernelHasSchedStat, "this kernel has no schedstat"))
    func `an open file tells the present, not the moment at which it was opened`() {
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
