import Glibc
import TestSupport
import Testing

@testable import Observation

struct OwnProcessesTests {
    @Test(.needsPython) func `a process that this process started is not reported`() throws {
        try StandstillPython.during { pid in
            var finder = ProcessFinder()
            let found = try finder.scan(now: 0)
            #expect(!found.contains { $0.process.pid == pid })
        }
    }

    @Test(.needsPython) func `an exporter that is process 1 distinguishes its workers from orphans`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try #require(unsafe symlink("1", "\(tree.path)/self") == 0)
            for (number, parent) in [(1, 0), (2, 1)] as [(pid_t, pid_t)] {
                try #require(unsafe mkdir("\(tree.path)/\(number)", 0o700) == 0)
                try tree.writeStat(of: number, parent: parent, startTicks: 1)
                try tree.link("exe", of: number, to: "/usr/bin/gil-exporter")
            }
            try tree.add(pid)
            for (parent, isFound) in [(2, false), (1, true)] as [(pid_t, Bool)] {
                try tree.writeStat(of: pid, parent: parent, startTicks: 1)
                var finder = ProcessFinder(proc: tree.path)
                #expect(try finder.scan(now: 0).map(\.process.pid) == (isFound ? [pid] : []))
            }
        }
    }
}
