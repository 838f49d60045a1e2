import Glibc
import Linux
import Testing

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
        #expect(stat.cpuTime == ClockTicks.duration(15 + 26))
        #expect(stat.uptimeAtStart == ClockTicks.duration(296_028))
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
