import Testing

@testable import Observation

struct ProcessAttributesTests {
    private static let container = String(repeating: "0123456789abcdef", count: 4)

    @Test(arguments: [
        ("/system.slice/shop.service", "shop.service"),
        ("/system.slice/system-web.slice/web@2.service/worker", "web@2.service"),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/feed.service", "feed.service"),
        ("/../../system.slice/shop.service", "shop.service"),
    ])
    func `a service is the unit`(path: String, unit: String) {
        let membership = CgroupMembership(path: path)
        #expect(membership.unit == unit)
        #expect(membership.service == unit)
        #expect(membership.container == nil)
    }

    @Test func `a session is a unit but not a service`() {
        let membership = CgroupMembership(path: "/user.slice/user-1000.slice/session-3.scope")
        #expect(membership.unit == "session-3.scope")
        #expect(membership.service == nil)
    }

    @Test(arguments: [
        "/system.slice/docker-\(container).scope",
        "/docker/\(container)",
        "/kubepods/burstable/pod1d2c/\(container)",
        "/kubepods.slice/kubepods-pod1d2c.slice/cri-containerd-\(container).scope",
        "/kubepods.slice/kubepods-pod1d2c.slice/crio-\(container).scope",
        "/machine.slice/libpod-\(container).scope/container",
        "/system.slice/shop.service/libpod-payload-\(container)",
        "/system.slice/containerd.service/kubepods-pod1d2c.slice:cri-containerd:\(container)",
    ])
    func `containers of all runtimes are recognised`(path: String) {
        #expect(CgroupMembership(path: path).container == Self.container)
    }

    @Test func `a container's scope does not name a group`() {
        #expect(CgroupMembership(path: "/system.slice/docker-\(Self.container).scope").service == nil)
        #expect(CgroupMembership(path: "/system.slice/shop.service/libpod-payload-\(Self.container)").service != nil)
    }

    @Test(arguments: [
        ("0::/a.service\n", "/a.service"),
        ("12:cpu,cpuacct:/a\n1:name=systemd:/b.service\n0::/c\n", "/b.service"),
        ("12:cpu,cpuacct:/a\n0::/c:d\n", "/c:d"),
        ("12:cpu,cpuacct:/a\n", "/a"),
    ])
    func `systemd's hierarchy is preferred, then the unified one`(content: String, path: String) {
        #expect(CgroupMembership(parsing: Array(content.utf8))?.path == path)
    }

    @Test(arguments: ["", "\n", "0:/a"])
    func `a malformed file is refused`(content: String) {
        #expect(CgroupMembership(parsing: Array(content.utf8)) == nil)
    }

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
