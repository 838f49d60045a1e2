import Glibc
import Linux
import Testing

@testable import Observation

struct InterpreterDetectorTests {
    @Test(.needsPython) func `a running python3 is detected with its version and C library`() throws {
        try StandstillPython.during { pid in
            let detector = InterpreterDetector(proc: "/proc", pageSize: UInt64(getpagesize()))
            guard case .python(let location) = detector.detect(pid) else {
                Issue.record("\(detector.detect(pid))")
                return
            }
            #expect(location.process.pid == pid)
            #expect(location.version?.major == 3)
            #expect(location.runtime > 0)
            guard case .glibc(major: 2, minor: 1...) = location.libc else {
                Issue.record("\(location.libc)")
                return
            }
        }
    }

    @Test(.needsPython) func `a C library that an upgrade has removed is known by its name`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            let maps = String(decoding: try ProcFile.read("/proc/\(pid)/maps"), as: UTF8.self)
            // "7f00-7f01 r-xp 0000 fe:01 INODE /usr/lib/libc.so.6"
            let lines = maps.split(separator: "\n").map { line -> String in
                guard line.contains("/libc") else { return String(line) }
                var fields = line.split(separator: " ").map(String.init)
                fields[4] = "4294967295"
                return fields.joined(separator: " ") + " (deleted)"
            }
            try tree.write(lines.joined(separator: "\n") + "\n", to: "\(pid)/maps")
            let detector = InterpreterDetector(proc: tree.path, pageSize: UInt64(getpagesize()))
            guard case .python(let location) = detector.detect(pid) else {
                Issue.record("\(detector.detect(pid))")
                return
            }
            #expect(location.libc.isKnown && location.libc != .musl, "\(location.libc)")
        }
        #expect(CLibrary(glibcNamed: "libc-2.31.so") == .glibc(major: 2, minor: 31))
        #expect(CLibrary(glibcNamed: "libc.so.6") == .unreadable)
    }

    @Test(arguments: ["python", "python3", "python3.13", "python3.13t", "python2.7"])
    func `names of interpreters are known`(name: String) {
        #expect(InterpreterDetector.isPython(name[...]))
    }

    @Test(arguments: ["", "pythonista", "bash", "python3-config", "pypy3"])
    func `other names are not taken for interpreters`(name: String) {
        #expect(!InterpreterDetector.isPython(name[...]))
    }
}
