import Glibc
import TestSupport
import Testing

@testable import Linux

struct ProcessStatTests {
    @Test func `a program may have brackets and blanks in its name`() throws {
        let stat = try ProcessStat.ofThisProcess(proc: Fixtures.proc)
        #expect(stat.userTicks == 15)
        #expect(stat.systemTicks == 26)
        #expect(stat.threads == 4)
        #expect(stat.startTicks == 296_028)
        #expect(stat.virtualBytes == 240_840_704)
        #expect(stat.residentPages == 2169)
    }

    @Test func `ticks and pages become times and bytes`() throws {
        let stat = try ProcessStat.ofThisProcess(proc: Fixtures.proc)
        #expect(stat.cpuTime == .milliseconds(410))
        #expect(stat.uptimeAtStart == .milliseconds(2_960_280))
        #expect(stat.residentBytes == 2169 * Double(getpagesize()))
    }

    @Test func `this process's file is understood`() throws {
        let stat = try ProcessStat.ofThisProcess()
        #expect(stat.threads >= 1)
        #expect(stat.residentBytes > 0)
        #expect(stat.virtualBytes > UInt64(stat.residentBytes))
        let start = Double(try KernelStat.read().bootTime) + stat.uptimeAtStart.seconds
        #expect(start <= KernelClock.unixTime() + 1)
    }

    @Test func `a truncated file is refused wherever it ends`() throws {
        let whole = try ProcFile.read("\(Fixtures.proc)/self/stat")
        let needed = try #require(whole.firstRange(of: " 2169 ".utf8)).lowerBound + 1
        for length in 0...needed { #expect(ProcessStat(parsing: Array(whole.prefix(length))) == nil) }
        #expect(ProcessStat(parsing: whole) != nil)
    }

    @Test(arguments: ["", "1 (x", ")", "1 (x) S 1 1 1 0 -1 0 0 0 0 0 x 0 0 0 20 0 1 0 1 1 1", "1 (x) \n\n"])
    func `a malformed file is refused`(content: String) {
        #expect(ProcessStat(parsing: Array(content.utf8)) == nil)
    }
}

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

struct CPUStealTimeTests {
    @Test func `only the given CPUs are summed`() throws {
        #expect(try CPUStealTime.total(of: [1], proc: Fixtures.proc) == ClockTicks.duration(829))
        #expect(try CPUStealTime.total(of: [0, 1], proc: Fixtures.proc) == ClockTicks.duration(689 + 829))
    }

    @Test func `an offline CPU has no steal time`() throws {
        #expect(try CPUStealTime.total(of: [7], proc: Fixtures.proc) == .zero)
    }

    @Test func `a hidden file is an error, not zero`() {
        #expect(throws: ProcFileError.unreadable(SystemError("open /nonexistent/stat", code: ENOENT))) {
            try CPUStealTime.total(of: [0], proc: "/nonexistent")
        }
    }
}
