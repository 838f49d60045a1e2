import Glibc
import Linux
import TestSupport
import Testing

@testable import Observation

struct StartWatchTests {
    private static var now: UInt64 { KernelClock.monotonic() }

    @Test func `the start of a known program is a sign, and gives the newest numbers`() throws {
        let tree = try FakeProc()
        try tree.write("0.1 0.1 0.1 1/200 5000\n", to: "loadavg")
        try tree.write("program", to: "python3.11")
        let starts = try StartWatch(proc: tree.path)
        var last: Int32? = 4990
        starts.know("/usr/bin/python3.11", at: "\(tree.path)/python3.11")
        #expect(starts.take(after: &last) == .numbers([]))
        // As execve(2) does.
        _ = try ProcFile.read("\(tree.path)/python3.11")
        #expect(starts.wait(until: .max))
        #expect(starts.take(after: &last) == .numbers(Array(4873...5000)))
        #expect(last == 5000)
        let begin = Self.now
        #expect(!starts.wait(until: begin + 50_000_000))
        #expect(Self.now >= begin + 50_000_000)
        #expect(starts.take(after: &last) == .numbers([]))
    }

    @Test func `another newest number is a sign while Python processes run`() throws {
        let tree = try FakeProc()
        try tree.write("0.1 0.1 0.1 1/200 5000\n", to: "loadavg")
        let starts = try StartWatch(proc: tree.path)
        var last: Int32? = 5000
        for _ in 1...2 { starts.checkNumbers() }
        #expect(starts.take(after: &last) == .numbers([]))
        try tree.write("0.1 0.1 0.1 1/200 5003\n", to: "loadavg")
        starts.checkNumbers()
        #expect(starts.wait(until: .max))
        #expect(starts.take(after: &last) == .numbers([5001, 5002, 5003]))
    }

    @Test func `a sign that comes together with the deadline is not lost`() throws {
        let tree = try FakeProc()
        let starts = try StartWatch(proc: tree.path)
        #expect(!starts.wait(until: 0))
        starts.wake()
        #expect(starts.wait(until: 0))
        try tree.write("program", to: "python3.11")
        starts.know("/usr/bin/python3.11", at: "\(tree.path)/python3.11")
        _ = try ProcFile.read("\(tree.path)/python3.11")
        #expect(starts.wait(until: 0))
    }

    @Test func `without the newest number a start is still a sign`() throws {
        let tree = try FakeProc()
        try tree.write("program", to: "python3.11")
        let starts = try StartWatch(proc: tree.path)
        starts.know("/usr/bin/python3.11", at: "\(tree.path)/python3.11")
        var last: Int32?
        starts.checkNumbers()
        _ = try ProcFile.read("\(tree.path)/python3.11")
        #expect(starts.take(after: &last) == .all)
    }

    @Test func `a removed program is forgotten`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write("program", to: "python3.11")
        try tree.link("exe", of: pid, to: "\(tree.path)/python3.11")
        let starts = try StartWatch(proc: tree.path)
        #expect(!starts.runsPython(ofProcess: pid))
        starts.know(pid)
        #expect(starts.runsPython(ofProcess: pid))
        _ = unsafe unlink("\(tree.path)/python3.11")
        var last: Int32?
        _ = starts.take(after: &last)
        #expect(!starts.runsPython(ofProcess: pid))
    }

    @Test func `a program that cannot be watched is known, so that its forks are found`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.link("exe", of: pid, to: "/opt/python3")
        let starts = try StartWatch(proc: tree.path)
        starts.know("/opt/python3", at: "\(tree.path)/absent")
        #expect(starts.runsPython(ofProcess: pid))
    }

    @Test func `numbers are limited, and continue after the greatest one`() {
        #expect(StartWatch.numbers(to: 100, after: 97, isExec: false) == [98, 99, 100])
        #expect(StartWatch.numbers(to: 100, after: 100, isExec: false) == [])
        #expect(StartWatch.numbers(to: 100, after: nil, isExec: true) == Array(1...100))
        #expect(StartWatch.numbers(to: 9000, after: 10, isExec: false) == Array(8489...9000))
        #expect(StartWatch.numbers(to: 9000, after: 8999, isExec: true) == Array(8873...9000))
        #expect(StartWatch.numbers(to: 310, after: 4_000_000, isExec: false) == Array(1...310))
    }
}
