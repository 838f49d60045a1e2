import Glibc
import Linux
import Testing

@testable import Observation

struct ProcessFinderTests {
    @Test(.needsPython) func `a running python3 is found with its version and C library`() throws {
        try StandstillPython.during { pid in
            var judge = ProcessJudge(proc: "/proc", pageSize: UInt64(getpagesize()))
            guard case .python(let location) = judge.judge(pid) else {
                Issue.record("\(judge.judge(pid))")
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

    @Test(.needsPython) func `what this process started is its own, and not reported`() throws {
        try StandstillPython.during { pid in
            var finder = ProcessFinder()
            let found = try finder.scan(now: 0)
            #expect(!found.contains { $0.process.pid == pid })
        }
    }

    @Test(.needsPython) func `a process is found, kept, and forgotten when it has gone`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            var finder = ProcessFinder(proc: tree.path)
            let first = try finder.scan(now: 0)
            #expect(first.map(\.process.pid) == [pid])
            #expect(first.first?.isNewborn == false)
            #expect(try finder.scan(now: 5_000_000_000) == first)
            try tree.remove(pid)
            #expect(try finder.scan(now: 10_000_000_000).isEmpty)
        }
    }

    @Test(.needsPython) func `a process that comes later is a newborn`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).isEmpty)
            try tree.add(pid)
            #expect(try finder.scan(now: 5_000_000_000).first?.isNewborn == true)
        }
    }

    @Test(.needsPython) func `a process that becomes Python by execve is found at once`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            try tree.write("", to: "\(pid)/maps")
            try tree.write("shell", to: "\(pid)/auxv")
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).isEmpty)
            try tree.copy("maps", of: pid)
            try tree.copy("auxv", of: pid)
            #expect(try finder.scan(now: 1).map(\.process.pid) == [pid])
        }
    }

    @Test(.needsPython) func `a program that loads Python late is found some time later`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            try tree.write("", to: "\(pid)/maps")
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).isEmpty)
            #expect(try finder.scan(now: 100_000_000_000).isEmpty)
            try tree.copy("maps", of: pid)
            // As long as it has lived, and a quarter more at most.
            #expect(try finder.scan(now: 101_000_000_000).isEmpty)
            #expect(try finder.scan(now: 226_000_000_000).count == 1)
        }
    }

    @Test(.needsPython) func `a program whose libpython cannot be read is not observable`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            let mapping = "00400000-00420000 r-xp 00000000 fe:01 4294967295 /gone/libpython3.13.so.1.0 (deleted)\n"
            try tree.write(mapping, to: "\(pid)/maps")
            try tree.remove("exe", of: pid)
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).map(\.interpreter) == [.failure(.image)])
        }
    }

    @Test(.needsPython) func `processes that come and go leave no descriptors open`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            let before = try ProcessDescriptors.count()
            for _ in 0..<100 {
                var finder = ProcessFinder(proc: tree.path)
                try tree.add(pid)
                #expect(try finder.scan(now: 0).count == 1)
                try tree.remove(pid)
                #expect(try finder.scan(now: 1).isEmpty)
            }
            // Other tests of this process may open descriptors meanwhile, but not as many.
            #expect(try ProcessDescriptors.count() < before + 50)
        }
    }

    @Test(arguments: ["python", "python3", "python3.13", "python3.13t", "python2.7"])
    func `names of interpreters are known`(name: String) {
        #expect(ProcessJudge.isPython(name[...]))
    }

    @Test(arguments: ["", "pythonista", "bash", "python3-config", "pypy3"])
    func `other names are not taken for interpreters`(name: String) {
        #expect(!ProcessJudge.isPython(name[...]))
    }
}

extension Trait where Self == ConditionTrait {
    static var needsPython: Self {
        .enabled(if: StandstillPython.isInstalled, "needs python3 on PATH (Debian: python3)")
    }
}
