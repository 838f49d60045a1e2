import TestSupport
import Testing

@testable import Linux

struct CgroupThrottlingTests {
    private static let unlimited = "usage_usec 208943054\nuser_usec 139797626\nsystem_usec 69145427\nnice_usec 55977\n"

    /// A tree like /proc whose process is in `cgroup` of a version 2 hierarchy, with these cpu.stat files.
    private func read(cgroup: String, stats: [String: String]) throws -> CgroupThrottling? {
        let directory = try TemporaryFolder()
        try directory.write("0::\(cgroup)\n", to: "self/cgroup")
        let mount = "34 24 0:29 / \(directory.path)/cgroups rw - cgroup2 cgroup2 rw\n"
        try directory.write(mount, to: "self/mountinfo")
        for (path, content) in stats { try directory.write(content, to: "cgroups\(path)/cpu.stat") }
        return try CgroupThrottling.ofThisProcess(proc: directory.path)
    }

    @Test func `throttling of ancestors is added`() throws {
        let throttling = try read(
            cgroup: "/slice/unit",
            stats: [
                "/slice/unit": Self.unlimited + "nr_periods 100\nnr_throttled 7\nthrottled_usec 1500\n",
                "/slice": Self.unlimited + "nr_periods 100\nnr_throttled 2\nthrottled_usec 500\n",
                "": Self.unlimited,
            ]
        )
        #expect(throttling == CgroupThrottling(periods: 9, time: .milliseconds(2)))
    }

    @Test func `ancestors without the controller or the file are skipped`() throws {
        let stat = "nr_periods 1\nnr_throttled 0\nthrottled_usec 0\n"
        #expect(try read(cgroup: "/slice/unit", stats: ["/slice/unit": stat]) == .init(periods: 0, time: .zero))
        #expect(try read(cgroup: "/slice/unit", stats: ["/slice": stat]) == .init(periods: 0, time: .zero))
    }

    @Test func `without any controller throttling is unobservable, not zero`() throws {
        #expect(try read(cgroup: "/unit", stats: ["/unit": Self.unlimited, "": Self.unlimited]) == nil)
        #expect(try read(cgroup: "/unit", stats: [:]) == nil)
    }

    @Test func `version 1 counts nanoseconds`() throws {
        let numbers = try #require(
            CgroupThrottling.numbers(
                parsing: Array("nr_periods 9\nnr_throttled 3\nthrottled_time 123456789\nnr_bursts 0\n".utf8)
            )
        )
        #expect(CgroupThrottling(cpuStat: numbers) == .init(periods: 3, time: .nanoseconds(123_456_789)))
    }

    @Test func `an invalid number is an error that names the file`() {
        let error = #expect(throws: ProcFileError.self) {
            try read(cgroup: "/", stats: ["": "nr_periods 1\nnr_throttled x\nthrottled_usec 0\n"])
        }
        guard case .malformed(let path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path.hasSuffix("/cgroups/cpu.stat"))
    }

    @Test(arguments: ["nr_throttled", "nr_throttled 1 2\n", "nr_throttled  1\n", " 1\n\nx\n"])
    func `text other than keys with numbers is refused`(content: String) {
        #expect(CgroupThrottling.numbers(parsing: Array(content.utf8)) == nil)
    }

    @Test func `no file about this process's own cgroups is malformed`() {
        #expect(throws: Never.self) { try CgroupThrottling.ofThisProcess() }
    }
}

struct CgroupDirectoriesTests {
    private static let unified = "34 24 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let split = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

        """

    private func paths(_ membership: String, _ mounts: String) -> [String]? {
        CgroupDirectories(membership: Array(membership.utf8), mounts: Array(mounts.utf8))?.paths
    }

    @Test func `a unit's cgroup comes before its ancestors`() {
        #expect(
            paths("0::/system.slice/gil-exporter.service\n", Self.unified) == [
                "/sys/fs/cgroup/system.slice/gil-exporter.service", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup",
            ]
        )
    }

    @Test func `a hierarchy may be mounted anywhere`() {
        let mounts = "34 24 0:29 / /somewhere/my\\040cgroups rw - cgroup2 cgroup2 rw\n"
        #expect(paths("0::/a\n", mounts) == ["/somewhere/my cgroups/a", "/somewhere/my cgroups"])
    }

    @Test func `the hierarchy of version 1 that has the controller is preferred`() {
        let membership = "4:cpuset:/set\n2:cpu,cpuacct:/a:b/x\n1:name=systemd:/s\n0::/unified\n"
        #expect(
            paths(membership, Self.split) == [
                "/sys/fs/cgroup/cpu,cpuacct/a:b/x", "/sys/fs/cgroup/cpu,cpuacct/a:b",
                "/sys/fs/cgroup/cpu,cpuacct",
            ]
        )
    }

    @Test func `version 2 is used beside version 1 hierarchies without the controller`() {
        #expect(
            paths("4:cpuset:/set\n0::/a\n", Self.split) == ["/sys/fs/cgroup/unified/a", "/sys/fs/cgroup/unified"]
        )
    }

    @Test func `a container that shares the host's cgroup names sees its own subtree`() {
        let mounts = "728 727 0:31 /docker/abc /sys/fs/cgroup/cpu ro,nosuid master:12 - cgroup cgroup rw,cpu\n"
        #expect(paths("2:cpu:/docker/abc\n", mounts) == ["/sys/fs/cgroup/cpu"])
        #expect(paths("2:cpu:/docker/abc/child\n", mounts) == ["/sys/fs/cgroup/cpu/child", "/sys/fs/cgroup/cpu"])
    }

    @Test func `of several mounts the one with the most ancestors is used`() {
        let mounts = "8 7 0:31 /docker/abc /inner ro - cgroup2 none rw\n9 7 0:31 / /outer ro - cgroup2 none rw\n"
        #expect(paths("0::/docker/abc\n", mounts) == ["/outer/docker/abc", "/outer/docker", "/outer"])
    }

    @Test(
        arguments: [
            ("0::/docker/abcd\n", "8 7 0:31 /docker/abc /x ro - cgroup2 none rw\n"),
            ("0::/../other\n", unified),
            ("0::/\n", "8 7 0:31 /../.. /x ro - cgroup2 none rw\n"),
            ("2:cpu:/a\n0::/a\n", unified),
            ("0::/a\n", ""),
            ("", unified),
            ("nonsense\n::\n", unified),
        ]
    )
    func `an invisible cgroup has no directories`(membership: String, mounts: String) {
        #expect(paths(membership, mounts) == nil)
    }
}

struct MountInfoTests {
    @Test func `a line has optional fields or none`() throws {
        let without = try #require(
            MountInfo(parsing: "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct".utf8)
        )
        #expect(without.root == "/")
        #expect(without.mountPoint == "/sys/fs/cgroup/cpu")
        #expect(without.type == "cgroup")
        #expect(without.superOptions == ["rw", "cpu", "cpuacct"])
        let with = MountInfo(
            parsing: "34 24 0:29 /a /b rw,nosuid shared:9 master:4 propagate_from:2 - cgroup2 none rw,nsdelegate".utf8
        )
        #expect(with?.root == "/a")
        #expect(with?.type == "cgroup2")
        #expect(with?.superOptions == ["rw", "nsdelegate"])
    }

    @Test func `blanks and backslashes in paths are decoded`() {
        let mount = MountInfo(parsing: #"1 2 0:3 /a\134b /my\040mount\011\012 rw - cgroup2 none rw"#.utf8)
        #expect(mount?.root == #"/a\b"#)
        #expect(mount?.mountPoint == "/my mount\t\n")
    }

    @Test func `a backslash without a code stays`() {
        #expect(MountInfo(parsing: #"1 2 0:3 / /a\9\777\04 rw - cgroup2 none rw"#.utf8)?.mountPoint == #"/a\9\777\04"#)
    }

    @Test func `a mount may have an empty source`() {
        #expect(
            MountInfo(parsing: "1 2 0:3 / /a rw - cgroup2  rw,nsdelegate".utf8)?.superOptions == ["rw", "nsdelegate"]
        )
    }

    @Test(arguments: ["", " ", "1 2 0:3 / /a rw", "1 2 0:3 / /a rw -", "- - - -", "1 2 0:3 / /a rw - cgroup2 none"])
    func `a malformed line is refused`(line: String) {
        #expect(MountInfo(parsing: line.utf8) == nil)
    }
}
