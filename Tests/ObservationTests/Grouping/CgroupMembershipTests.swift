import Testing

@testable import Observation

struct CgroupMembershipTests {
    private static let id = String(repeating: "0123456789abcdef", count: 4)

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

    @Test func `a container's scope does not name a group`() {
        #expect(CgroupMembership(path: "/system.slice/docker-\(Self.id).scope").service == nil)
        #expect(CgroupMembership(path: "/system.slice/shop.service/libpod-payload-\(Self.id)").service != nil)
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

    @Test(arguments: [
        // Version 1.
        "12:cpuset:/docker/\(id)\n2:cpu,cpuacct:/docker/\(id)\n1:name=systemd:/docker/\(id)\n",
        // Hybrid: the runtime without systemd knows nothing of the unified hierarchy.
        "4:memory:/docker/\(id)\n1:name=systemd:/system.slice/docker.service\n0::/system.slice/docker.service\n",
        // Hybrid: only the unified hierarchy has the container.
        "1:name=systemd:/\n0::/docker/\(id)\n",
        // Version 2.
        "0::/docker/\(id)\n",
    ])
    func `a container is found in every version of cgroups`(content: String) {
        let container = CgroupMembership(parsing: Array(content.utf8))?.container
        #expect(container?.id == Self.id)
        #expect(container?.runtime == .docker)
    }

    @Test(arguments: ["", "\n", "0:/a"])
    func `a malformed file is refused`(content: String) {
        #expect(CgroupMembership(parsing: Array(content.utf8)) == nil)
    }
}
