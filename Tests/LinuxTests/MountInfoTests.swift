import Testing

@testable import Linux

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

    @Test func `blanks and backslashes in paths come back`() {
        let mount = MountInfo(parsing: #"1 2 0:3 /a\134b /my\040mount\011\012 rw - cgroup2 none rw"#.utf8)
        #expect(mount?.root == #"/a\b"#)
        #expect(mount?.mountPoint == "/my mount\t\n")
    }

    @Test func `a backslash that begins no code stays`() {
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
