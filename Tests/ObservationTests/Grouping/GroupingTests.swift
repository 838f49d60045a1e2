import TestSupport
import Testing

@testable import Observation

struct GroupingTests {
    private func settings(limit: Int = 100, _ rules: [(String?, [(GroupRule.Attribute, String)])]) throws
        -> ObservationSettings
    {
        var settings = ObservationSettings()
        settings.groupLimit = limit
        settings.groups = try rules.map { name, patterns in
            GroupRule(
                name: try name.map { try #require(GroupTemplate($0)) },
                patterns: try patterns.map { GroupRule.Pattern($0, try RegularExpression($1)) }
            )
        }
        return settings
    }

    private func process(
        _ tree: borrowing FakeProc,
        command: String = "python3\u{0}/srv/app.py\u{0}--port=80\u{0}",
        cgroup: String = "0::/system.slice/shop.service\n"
    ) throws -> ProcessAttributes {
        let pid = try tree.addEmpty()
        try tree.write(command, to: "\(pid)/cmdline")
        try tree.write(cgroup, to: "\(pid)/cgroup")
        try tree.write("python3\n", to: "\(pid)/comm")
        return ProcessAttributes(ProcessFiles(proc: tree.path, pid: pid))
    }

    @Test func `without rules the group is the service, or else the script`() throws {
        let tree = try FakeProc()
        var grouping = Grouping(ObservationSettings())
        #expect(grouping.membership(of: try process(tree)).group == "shop.service")
        #expect(grouping.membership(of: try process(tree, cgroup: "0::/\n")).group == "app.py")
    }

    @Test func `a pod's processes are in the group of its container, and rules know its names`() throws {
        let (id, uid) = (ContainerIdentityTests.id, ContainerIdentityTests.uid)
        let tree = try FakeProc()
        let logs = try TemporaryFolder()
        try logs.makeFolder("pods/shop_web-7f9c6d5b4c-x2k8p_\(uid)/app")
        let pid = try tree.addEmpty()
        try tree.write("0::/kubepods/burstable/pod\(uid)/\(id)\n", to: "\(pid)/cgroup")
        func proposal(_ settings: ObservationSettings) -> Grouping.Proposal {
            var settings = settings
            settings.kubernetes.podLogs = logs.file("pods")
            let grouping = Grouping(settings)
            return grouping.proposal(for: grouping.attributes(of: ProcessFiles(proc: tree.path, pid: pid)))
        }
        let standard = proposal(ObservationSettings())
        #expect(standard.name == "shop/web-7f9c6d5b4c-x2k8p/app")
        #expect(standard.owner == nil)
        #expect(standard.isOfPod)
        #expect(standard.identity?.containerID == "containerd://\(id)")
        let pattern = "^(?<workload>.+?)((-[0-9bcdf-hj-np-tv-xz]{8,10})?-[24-9bcdf-hj-np-tv-xz]{5}|-[0-9]+)?$"
        let workload = proposal(
            try settings([("${namespace}/${workload}/${container_name}", [(.namespace, "."), (.pod, pattern)])])
        )
        #expect(workload.name == "shop/web/app")
        #expect(!workload.isOfPod)
        #expect(workload.identity == standard.identity)
        #expect(proposal(try settings([("$1", [(.podUID, "^(.{8})")])])).name == "1d2c3b4a")
        let host = proposal(try settings([("$1", [(.containerName, "^(proxy)")])]))
        #expect(host.name == standard.name)
    }

    @Test func `a rule without a name excludes processes, and rules before it do not`() throws {
        let tree = try FakeProc()
        var grouping = Grouping(
            try settings([
                ("kept", [(.commandLine, "port=80")]), (nil, [(.commandLine, "app")]), ("all", [(.program, "")]),
            ])
        )
        #expect(grouping.membership(of: try process(tree)).group == "kept")
        let excluded = try process(tree, command: "python3\u{0}/srv/app.py\u{0}")
        #expect(grouping.membership(of: excluded) == Grouping.Membership(group: nil, isOverflow: false))
        #expect(grouping.membership(of: try process(tree, command: "python3\u{0}x.py\u{0}")).group == "all")
    }

    @Test func `a child of multiprocessing follows the rules of the program that started it`() throws {
        let tree = try FakeProc()
        let parent = try tree.addEmpty()
        try tree.write("python3\u{0}/srv/app.py\u{0}", to: "\(parent)/cmdline")
        try tree.write("python3\n", to: "\(parent)/comm")
        try tree.writeStat(of: parent, parent: 1, startTicks: 5)
        let child = try tree.addEmpty()
        let code = "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=7)"
        try tree.write("python3\u{0}-c\u{0}\(code)\u{0}--multiprocessing-fork\u{0}", to: "\(child)/cmdline")
        try tree.write("python3\n", to: "\(child)/comm")
        try tree.writeStat(of: child, parent: parent, startTicks: 6)
        func group(_ rules: [(String?, [(GroupRule.Attribute, String)])]) throws -> String? {
            var grouping = Grouping(try settings(rules))
            return grouping.membership(of: ProcessAttributes(ProcessFiles(proc: tree.path, pid: child))).group
        }
        #expect(try group([]) == "app.py")
        #expect(try group([("shop", [(.commandLine, "app\\.py")]), ("rest", [(.program, "python")])]) == "shop")
        #expect(
            try group([("spawned", [(.commandLine, "spawn_main")]), ("shop", [(.commandLine, "app")])]) == "spawned"
        )
        #expect(try group([(nil, [(.commandLine, "app\\.py")])]) == nil)
    }

    @Test func `the first rule that matches names the group`() throws {
        let tree = try FakeProc()
        var grouping = Grouping(
            try settings([
                ("no", [(.commandLine, "ruby")]),
                ("half", [(.commandLine, "app"), (.unit, "^other")]),
                ("$1:${port}@${unit}", [(.commandLine, "(\\w+)\\.py"), (.commandLine, "port=(?<port>\\d+)")]),
                ("late", [(.program, "")]),
            ])
        )
        #expect(grouping.membership(of: try process(tree)).group == "app:80@shop.service")
    }

    @Test func `a rule that makes an empty name does not apply`() throws {
        let tree = try FakeProc()
        var grouping = Grouping(try settings([("${container}", [(.program, "python")]), ("all", [(.program, "")])]))
        #expect(grouping.membership(of: try process(tree)).group == "all")
    }

    @Test func `beyond the limit processes are in the group other, and groups keep their processes`() throws {
        let tree = try FakeProc()
        var grouping = Grouping(try settings(limit: 1, [("$1", [(.commandLine, "port=(\\d+)")])]))
        let first = try process(tree)
        #expect(grouping.membership(of: first) == Grouping.Membership(group: "80", isOverflow: false))
        let second = try process(tree, command: "python3\u{0}port=81\u{0}")
        #expect(grouping.membership(of: second) == Grouping.Membership(group: "other", isOverflow: true))
        #expect(grouping.membership(of: first).isOverflow == false)
    }

    @Test func `names are short and printable, whatever the name of the process`() throws {
        let tree = try FakeProc()
        var grouping = Grouping(try settings([("$1", [(.commandLine, "(?s)(.*)")])]))
        let command = "\u{1B}[31m\n\u{202E}" + String(repeating: "x", count: 5000)
        let group = try #require(grouping.membership(of: try process(tree, command: command)).group)
        #expect(group.hasPrefix("_[31m__xxx"))
        #expect(group.unicodeScalars.count == 128)
    }

    @Test func `an expression that takes too long is given up, and the next rule decides`() throws {
        let tree = try FakeProc()
        var grouping = Grouping(try settings([("slow", [(.commandLine, "(x+x+)+[yz]")]), ("next", [(.program, "")])]))
        let process = try process(tree, command: String(repeating: "x", count: 500))
        #expect(grouping.membership(of: process).group == "next")
        #expect(grouping.exhausted == ["(x+x+)+[yz]"])
    }

    @Test(
        arguments: [
            ("0::/system.slice/shop.service\n", nil), ("0::/\n", 1000),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service\n", 1000),
        ] as [(String, UInt32?)]
    )
    func `users choose the names of their programs and of their own services`(cgroup: String, user: UInt32?) throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(cgroup, to: "\(pid)/cgroup")
        try tree.write("x\n", to: "\(pid)/comm")
        try tree.write("Name:\tx\nUid:\t1000\t1000\t1000\t1000\n", to: "\(pid)/status")
        let attributes = ProcessAttributes(ProcessFiles(proc: tree.path, pid: pid))
        #expect(Grouping(ObservationSettings()).proposal(for: attributes).owner == user)
    }
}

struct GroupNamesTests {
    private static let minute: UInt64 = 60_000_000_000

    @Test func `a pod without processes gives up its place after five minutes, and a service stays`() {
        let names = GroupNames()
        #expect(names.admits("shop/web-0/app", owner: nil, isPod: true, limit: 5, now: 0))
        #expect(names.admits("shop.service", owner: nil, limit: 5, now: 0))
        #expect(names.retire(except: [], after: .seconds(3600), now: 5 * Self.minute).isEmpty)
        #expect(names.retire(except: [], after: .seconds(3600), now: 6 * Self.minute) == ["shop/web-0/app"])
    }

    @Test func `a group that has been empty for long gives up its place when another needs it`() {
        let names = GroupNames()
        #expect(names.admits("old", owner: nil, limit: 2, now: 0))
        #expect(names.admits("new", owner: nil, limit: 2, now: 0))
        #expect(names.retire(except: ["new"], after: .seconds(3600), now: 5 * Self.minute).isEmpty)
        #expect(!names.admits("third", owner: nil, limit: 2, now: 5 * Self.minute))
        #expect(names.retire(except: ["new"], after: .seconds(3600), now: 11 * Self.minute).isEmpty)
        #expect(names.admits("third", owner: nil, limit: 2, now: 11 * Self.minute))
        #expect(names.retire(except: ["new", "third"], after: .seconds(3600), now: 11 * Self.minute) == ["old"])
        // Groups with processes stay.
        #expect(!names.admits("fourth", owner: nil, limit: 2, now: 11 * Self.minute))
    }

    @Test func `a group keeps its place while no scan has found it empty, however rare scans are`() {
        let names = GroupNames()
        #expect(names.admits("shop", owner: nil, limit: 1, now: 0))
        #expect(names.retire(except: ["shop"], after: .seconds(3600), now: 0).isEmpty)
        #expect(!names.admits("other", owner: nil, limit: 1, now: 15 * Self.minute))
        #expect(names.retire(except: [], after: .seconds(3600), now: 15 * Self.minute).isEmpty)
        #expect(names.admits("other", owner: nil, limit: 1, now: 30 * Self.minute))
    }

    @Test func `a group is removed after the configured time without a process`() {
        let names = GroupNames()
        #expect(names.admits("a", owner: nil, limit: 10, now: 0))
        #expect(names.retire(except: [], after: .seconds(3600), now: 60 * Self.minute).isEmpty)
        #expect(names.retire(except: ["a"], after: .seconds(3600), now: 61 * Self.minute).isEmpty)
        #expect(names.retire(except: [], after: .seconds(3600), now: 122 * Self.minute) == ["a"])
        #expect(names.retire(except: [], after: .seconds(3600), now: 123 * Self.minute).isEmpty)
    }

    @Test func `a user who starts programs of many names leaves places for others`() {
        let names = GroupNames()
        let admitted = (0..<110).filter { names.admits("x\($0)", owner: 1000, limit: 100, now: 0) }
        #expect(admitted.count == 25)
        #expect(names.admits("shop.service", owner: nil, limit: 100, now: 0))
        #expect(names.admits("mine", owner: 1001, limit: 100, now: 0))
        #expect((0..<60).allSatisfy { names.admits("root\($0)", owner: 0, limit: 100, now: 0) })
    }

    @Test func `an expected group keeps its place without processes`() {
        let names = GroupNames()
        names.expect(["shop"])
        #expect(names.admits("a", owner: nil, limit: 2, now: 0))
        #expect(!names.admits("b", owner: nil, limit: 2, now: Self.minute))
        #expect(names.retire(except: [], after: .seconds(3600), now: 60 * Self.minute).isEmpty)
        #expect(names.admits("b", owner: nil, limit: 2, now: 60 * Self.minute))
        #expect(names.retire(except: ["b"], after: .seconds(3600), now: 200 * Self.minute) == ["a"])
        names.expect([])
        #expect(names.retire(except: ["b"], after: .seconds(3600), now: 201 * Self.minute) == ["shop"])
    }
}
