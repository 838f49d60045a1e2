import Linux
import TestSupport
import Testing

struct KernelStatTests {
    @Test func `boot time and steal come from a captured file`() throws {
        let stat = try KernelStat.read(proc: Fixtures.proc)
        #expect(stat.bootTime == 1_795_461_305)
        #expect(stat.stealTicks == [0: 689, 1: 829])
    }

    @Test func `this kernel's file is understood`() throws {
        let stat = try KernelStat.read()
        #expect(stat.bootTime > 1_000_000_000)
        #expect(!stat.stealTicks.isEmpty)
    }

    @Test func `offline CPUs leave gaps in the numbers`() {
        let stat = KernelStat(parsing: Array("cpu  0 0 0 0 0 0 0 9 0 0\ncpu3 0 0 0 0 0 0 0 9 0 0\nbtime 5\n".utf8))
        #expect(stat?.stealTicks == [3: 9])
    }

    @Test(
        arguments: [
            "", "\n\n", "btime\n", "btime x\n", "btime -1\n", "cpu0 1 2 3\nbtime 5\n", "cpu\n",
            "cpu0 0 0 0 0 0 0 0 x 0 0\nbtime 5\n", "cpux 0 0 0 0 0 0 0 1 0 0\nbtime 5\n",
            "cpu99999999999999999999 0 0 0 0 0 0 0 1 0 0\nbtime 5\n",
            "cpu18446744073709551615 0 0 0 0 0 0 0 1\nbtime 5\n",
        ]
    )
    func `a malformed file is refused`(content: String) {
        #expect(KernelStat(parsing: Array(content.utf8)) == nil)
    }

    @Test func `the error names the file that is malformed`() throws {
        let directory = try TemporaryFolder()
        try directory.write("nonsense\n", to: "stat")
        #expect(throws: ProcFileError.malformed(path: "\(directory.path)/stat", manual: "proc_stat(5)")) {
            try KernelStat.read(proc: directory.path)
        }
    }
}
