import Testing

@testable import Observation

struct ProcessAttributesTests {
    /// A process of multiprocessing, and the one that has the number of its parent.
    private func group(parent command: String, startTicks: Int) throws -> String {
        let tree = try FakeProc()
        let parent = try tree.addEmpty()
        try tree.write(command.split(separator: " ").joined(separator: "\u{0}") + "\u{0}", to: "\(parent)/cmdline")
        try tree.write((command.split(separator: " ").first ?? "") + "\n", to: "\(parent)/comm")
        try tree.writeStat(of: parent, parent: 1, startTicks: startTicks)
        // A process of the fork server is two levels below the program.
        var child = parent
        for ticks in 7...8 {
            let next = try tree.addEmpty()
            let code = "from multiprocessing.forkserver import main; main(5, 6)"
            try tree.write("python3\u{0}-c\u{0}\(code)\u{0}", to: "\(next)/cmdline")
            try tree.write("python3\n", to: "\(next)/comm")
            try tree.writeStat(of: next, parent: child, startTicks: ticks)
            child = next
        }
        return ProcessAttributes(ProcessFiles(proc: tree.path, pid: child)).standardGroup
    }

    @Test func `a process of multiprocessing belongs to the program that started it`() throws {
        #expect(try group(parent: "python3 /srv/app.py", startTicks: 5) == "app.py")
    }

    @Test func `an adopted process of multiprocessing belongs to no program`() throws {
        #expect(try group(parent: "systemd --user", startTicks: 5) == "multiprocessing")
        #expect(try group(parent: "python3 /srv/app.py", startTicks: 9) == "multiprocessing")
    }

    @Test func `processes that seem to start each other are no problem`() throws {
        let tree = try FakeProc()
        let pids = [try tree.addEmpty(), try tree.addEmpty()]
        for (pid, parent) in zip(pids, pids.reversed()) {
            let code = "from multiprocessing.forkserver import main; main(5, 6)"
            try tree.write("python3\u{0}-c\u{0}\(code)\u{0}", to: "\(pid)/cmdline")
            try tree.write("python3\n", to: "\(pid)/comm")
            try tree.writeStat(of: pid, parent: parent, startTicks: 5)
        }
        #expect(ProcessAttributes(ProcessFiles(proc: tree.path, pid: pids[0])).standardGroup == "multiprocessing")
    }
}
