import Glibc
import Linux
import TestSupport
import Testing

@testable import Observation

struct GroupScannerTests {
    private static let second: UInt64 = 1_000_000_000

    private static func scanner(_ tree: borrowing FakeProc, limit: Int = 100, _ rules: [GroupRule] = []) -> GroupScanner
    {
        var settings = ObservationSettings()
        settings.groupLimit = limit
        settings.groups = rules
        return GroupScanner(proc: tree.path, grouping: Grouping(settings))
    }

    /// Calls `body` with a tree that has one Python process.
    private static func withProcess(_ body: (borrowing FakeProc, Int32) throws -> Void) throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            try tree.link("exe", of: pid, to: try SymbolicLink.target(of: "/proc/\(pid)/exe"))
            try tree.write("0::/\n", to: "\(pid)/cgroup")
            try tree.write("python3\u{0}/srv/app.py\u{0}", to: "\(pid)/cmdline")
            try body(tree, pid)
        }
    }

    @Test(.needsPython) func `a new title or another cgroup moves a process to another group`() throws {
        try Self.withProcess { tree, pid in
            var scanner = Self.scanner(tree)
            let first = try scanner.scan(now: 0)
            #expect(first.map(\.group) == ["app.py"])
            try tree.write("gunicorn: master [app]\u{0}", to: "\(pid)/cmdline")
            #expect(try scanner.scan(now: 5 * Self.second).map(\.group) == ["gunicorn"])
            try tree.write("0::/system.slice/shop.service\n", to: "\(pid)/cgroup")
            #expect(try scanner.scan(now: 70 * Self.second).map(\.group) == ["shop.service"])
        }
    }

    @Test(.needsPython) func `a lack of descriptors neither names a new process nor moves a known one`() async {
        await #expect(processExitsWith: .success) {
            try Self.withProcess { tree, _ in
                let isShort = Protected(false)
                // The clocks are read after the list of processes, and before their files.
                var scanner = GroupScanner(proc: tree.path, grouping: Grouping(ObservationSettings())) { _ in
                    if isShort.withLock({ $0 }) { DescriptorShortage.begin() }
                    return nil
                }
                var groups: [[String]] = []
                for (second, short) in [(0, true), (1, false), (70, true), (140, false)] as [(UInt64, Bool)] {
                    isShort.withLock { $0 = short }
                    groups.append(try scanner.scan(now: second * Self.second).map(\.group))
                    DescriptorShortage.end()
                }
                #expect(groups == [[], ["app.py"], ["app.py"], ["app.py"]])
            }
        }
    }

    @Test(.needsPython) func `a process of a new pod waits for its names, but not for long`() throws {
        try Self.withProcess { tree, pid in
            let logs = try TemporaryFolder()
            try logs.makeFolder("pods")
            let (id, uid) = (ContainerIdentityTests.id, ContainerIdentityTests.uid)
            try tree.write("0::/kubepods/pod\(uid)/\(id)\n", to: "\(pid)/cgroup")
            var settings = ObservationSettings()
            settings.kubernetes.podLogs = logs.file("pods")
            var scanner = GroupScanner(proc: tree.path, grouping: Grouping(settings))
            #expect(try scanner.scan(now: 0).isEmpty)
            #expect(scanner.deferred == 0)
            var unnamed: [ScannedProcess] = []
            for _ in 0..<100 where unnamed.isEmpty {
                usleep(100_000)
                unnamed = try scanner.scan(now: 5 * Self.second)
            }
            #expect(unnamed.map(\.group) == ["pod/\(uid)"])
            #expect(unnamed.first?.identity?.containerID == id)
        }
    }

    @Test(.needsPython) func `execve moves a process to another group at the next scan`() throws {
        try Self.withProcess { tree, pid in
            var scanner = Self.scanner(tree)
            // Old enough to be asked only once a minute.
            _ = try scanner.scan(now: 0)
            _ = try scanner.scan(now: 600 * Self.second)
            try tree.write("python3\u{0}/srv/next.py\u{0}", to: "\(pid)/cmdline")
            #expect(try scanner.scan(now: 601 * Self.second).map(\.group) == ["app.py"])
            try tree.write("another vector", to: "\(pid)/auxv")
            #expect(try scanner.scan(now: 602 * Self.second).map(\.group) == ["next.py"])
        }
    }

    @Test(.needsPython) func `a process in the group for all others moves when there is room`() throws {
        try Self.withProcess { tree, _ in
            let names = GroupNames()
            #expect(names.admits("early", owner: nil, limit: 1, now: 0))
            var settings = ObservationSettings()
            settings.groupLimit = 1
            var scanner = GroupScanner(proc: tree.path, grouping: Grouping(settings, names: names))
            let first = try scanner.scan(now: Self.second)
            #expect(first.map(\.group) == ["other"])
            for time: UInt64 in [500, 650] {
                #expect(try scanner.scan(now: time * Self.second).map(\.group) == ["other"])
                #expect(scanner.overflow == 1)
            }
            // At the scan before, the other group had been empty for ten minutes.
            #expect(try scanner.scan(now: 800 * Self.second).map(\.group) == ["app.py"])
            #expect(scanner.retired == ["early"])
            #expect(scanner.overflow == 1)
        }
    }

    @Test(.needsPython) func `a process of multiprocessing follows its program, and stays when that ends`() throws {
        try Self.withProcess { tree, pid in
            let program = try tree.addEmpty()
            try tree.write("python3\u{0}/srv/app.py\u{0}", to: "\(program)/cmdline")
            try tree.write("python3\n", to: "\(program)/comm")
            try tree.writeStat(of: program, parent: 1, startTicks: 5)
            let code = "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=7)"
            try tree.write("python3\u{0}-c\u{0}\(code)\u{0}--multiprocessing-fork\u{0}", to: "\(pid)/cmdline")
            try tree.writeStat(of: pid, parent: program, startTicks: 6)
            var scanner = Self.scanner(tree)
            #expect(try scanner.scan(now: 0).map(\.group) == ["app.py"])
            try tree.write("shop: master\u{0}", to: "\(program)/cmdline")
            #expect(try scanner.scan(now: 5 * Self.second).map(\.group) == ["shop"])
            try tree.writeStat(of: pid, parent: 1, startTicks: 6)
            #expect(try scanner.scan(now: 70 * Self.second).map(\.group) == ["shop"])
        }
    }

    @Test(.needsPython) func `an excluded process is counted, and nothing else of it`() throws {
        try Self.withProcess { tree, pid in
            let pattern = GroupRule.Pattern(.commandLine, try RegularExpression("app"))
            var scanner = Self.scanner(tree, [GroupRule(name: nil, patterns: [pattern])])
            #expect(try scanner.scan(now: 0).isEmpty)
            #expect(scanner.excluded == 1)
            try tree.write("python3\u{0}/srv/next.py\u{0}", to: "\(pid)/cmdline")
            let scanned = try scanner.scan(now: 5 * Self.second)
            #expect(scanned.map(\.group) == ["next.py"])
            // The CPU time before belongs to no group.
            #expect(scanned.first?.usage?.user == .zero)
            #expect(scanner.excluded == 0)
        }
    }
}

struct MembershipScheduleTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a process is asked often while it is young, and then every minute`() {
        var schedule = MembershipSchedule(of: 1, now: 0)
        var asked: [UInt64] = []
        for now in stride(from: UInt64(0), to: 600, by: 5) where schedule.isDue(now: now * Self.second, hasRun: true) {
            schedule.asked(now: now * Self.second, isMove: false)
            asked.append(now)
        }
        #expect(asked.prefix(4) == [0, 5, 10, 20])
        #expect((12...18).contains(asked.count))
    }

    @Test func `a process that has not run since it was asked is asked ten minutes later`() {
        var schedule = MembershipSchedule(of: 1, now: 0)
        schedule.asked(now: 600 * Self.second, isMove: false)
        #expect(schedule.isDue(now: 700 * Self.second, hasRun: true))
        #expect(!schedule.isDue(now: 1200 * Self.second, hasRun: false))
        #expect(schedule.isDue(now: 1300 * Self.second, hasRun: false))
    }

    @Test func `a process that changes its group without end is asked less and less`() {
        var schedule = MembershipSchedule(of: 1, now: 0)
        var moves = 0
        for now in stride(from: UInt64(0), to: 86_400, by: 5) where schedule.isDue(now: now * Self.second, hasRun: true)
        {
            schedule.asked(now: now * Self.second, isMove: true)
            moves += 1
        }
        #expect((20...40).contains(moves))
    }
}
