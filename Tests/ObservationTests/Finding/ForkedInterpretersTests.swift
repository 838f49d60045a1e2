import Glibc
import Linux
import TestSupport
import Testing

@testable import Observation

struct ForkedInterpretersTests {
    private let parent = InterpreterLocation(
        process: ProcessIdentity(pid: 1000, startTime: 50),
        runtime: 0x7f00_0000,
        version: PythonVersion(major: 3, minor: 11, micro: 2),
        libc: .glibc(major: 2, minor: 36)
    )

    @Test func `a fork has its interpreter where the parent has it, and so has a fork of the fork`() throws {
        let tree = try FakeProc()
        try Self.add(to: tree, 1001, parent: 1000, startTicks: 50)
        try Self.add(to: tree, 1002, parent: 1001, startTicks: 60)
        let forks = ForkedInterpreters(proc: tree.path, hasMemory: { $1 == 0x7f00_0000 }) { _ in nil }
        forks.know(KnownInterpreter(location: parent, mark: 7))
        var expected = parent
        expected.process = ProcessIdentity(pid: 1001, startTime: 50)
        #expect(forks.location(of: 1001, mark: 7) == expected)
        expected.process = ProcessIdentity(pid: 1002, startTime: 60)
        #expect(forks.location(of: 1002, mark: 7) == expected)
    }

    @Test func `a process that is not known to be a fork is no fork`() throws {
        let tree = try FakeProc()
        try Self.add(to: tree, 1001, parent: 1000, startTicks: 60)
        try Self.add(to: tree, 1002, parent: 1, startTicks: 60)
        // Its number belonged to another process when the parent was found.
        try Self.add(to: tree, 1003, parent: 1000, startTicks: 40)
        let parent = parent
        let forks = ForkedInterpreters(proc: tree.path, hasMemory: { _, _ in true }) { pid in
            pid == 1000 ? KnownInterpreter(location: parent, mark: 7) : nil
        }
        #expect(forks.location(of: 1001, mark: 7) != nil)
        // It executed another program.
        #expect(forks.location(of: 1001, mark: 8) == nil)
        #expect(forks.location(of: 1002, mark: 7) == nil)
        #expect(forks.location(of: 1003, mark: 7) == nil)
        #expect(forks.location(of: 1004, mark: 7) == nil)
    }

    @Test func `a fork from before the parent loaded its libpython is no fork with an interpreter`() throws {
        let tree = try FakeProc()
        try Self.add(to: tree, 1001, parent: 1000, startTicks: 60)
        var loading = parent
        loading.libc = .unknown
        for (location, hasMemory) in [(parent, false), (loading, true)] {
            let forks = ForkedInterpreters(proc: tree.path, hasMemory: { _, _ in hasMemory }) { _ in nil }
            forks.know(KnownInterpreter(location: location, mark: 7))
            #expect(forks.location(of: 1001, mark: 7) == nil)
        }
    }

    @Test(arguments: PythonInterpreter.all)
    func `a scan finds the forks of a Python without reading their mappings`(interpreter: PythonInterpreter) throws {
        let process = try PythonProcess(
            interpreter,
            """
            children = []
            for _ in range(3):
                child = os.fork()
                if child == 0:
                    wait_for_line()
                    os._exit(0)
                children.append(child)
            say(*children)
            wait_for_line()
            """
        )
        let location = try process.location()
        let children = try process.numbers().map { pid_t($0) }
        defer { for child in children { kill(child, SIGKILL) } }
        let tree = try FakeProc()
        var finder = ProcessFinder(proc: tree.path)
        try tree.add(process.pid)
        #expect(try finder.scan(now: 0).count == 1)
        for child in children {
            try tree.add(child)
            try tree.write("", to: "\(child)/maps")
        }
        let found = try finder.scan(now: 1)
        #expect(Set(found.map(\.process.pid)) == Set(children + [process.pid]))
        #expect(found.allSatisfy { (try? $0.interpreter.get())?.runtime == location.runtime })
    }

    private static func add(to tree: borrowing FakeProc, _ pid: pid_t, parent: pid_t, startTicks: Int) throws {
        guard unsafe mkdir("\(tree.path)/\(pid)", 0o700) == 0 else { throw SystemError("mkdir") }
        try tree.writeStat(of: pid, parent: parent, startTicks: startTicks)
    }
}
