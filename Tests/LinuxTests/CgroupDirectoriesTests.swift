import Testing

@testable import Linux

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

    @Test func `a unit's cgroup and its ancestors, nearest first`() {
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

    @Test func `of several mounts the one that shows the most ancestors is taken`() {
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
    func `a cgroup that cannot be seen has no directories`(membership: String, mounts: String) {
        #expect(paths(membership, mounts) == nil)
    }
}
