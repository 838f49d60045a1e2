import Testing

@testable import Observation

struct GroupIdentityTests {
    private static func identity(
        _ namespace: String? = "shop",
        _ pod: String? = "web-0",
        _ container: String? = "app",
        id: Character = "a"
    ) throws -> GroupIdentity {
        let path = "/kubepods/pod\(ContainerIdentityTests.uid)/crio-\(String(repeating: id, count: 64))"
        var names = PodNames.Names()
        (names.namespace, names.pod, names.container) = (namespace, pod, container)
        return GroupIdentity(try #require(ContainerIdentity(path: path)), names)
    }

    @Test func `the group of a pod has stable names`() throws {
        #expect(try Self.identity().groupOfPod == "shop/web-0/app")
        #expect(try Self.identity("shop", "web-0", nil).groupOfPod == "shop/web-0")
        #expect(try Self.identity("shop", nil, nil).groupOfPod == "pod/\(ContainerIdentityTests.uid)")
        let docker = try #require(ContainerIdentity(path: "/docker/\(ContainerIdentityTests.id)"))
        #expect(GroupIdentity(docker).groupOfPod == nil)
    }

    @Test func `the identifier has the scheme of the runtime, if that is known`() throws {
        #expect(try Self.identity().containerID == "cri-o://" + String(repeating: "a", count: 64))
        let bare = try #require(
            ContainerIdentity(path: "/kubepods/pod\(ContainerIdentityTests.uid)/\(ContainerIdentityTests.id)")
        )
        #expect(GroupIdentity(bare).containerID == ContainerIdentityTests.id)
    }

    @Test func `of a container that was restarted the newest counts`() throws {
        let (old, new) = (try Self.identity(id: "a"), try Self.identity(id: "b"))
        // A process of the old container may be younger than the new container.
        #expect(GroupIdentity.common(of: [(old, 1), (new, 5), (old, 9)]) == new)
        #expect(GroupIdentity.common(of: [(new, 5), (new, 6)]) == new)
    }

    @Test func `a group of several pods has what they share`() throws {
        let common = GroupIdentity.common(of: [
            (try Self.identity(id: "a"), 1), (try Self.identity("shop", "web-1", id: "b"), 2),
        ])
        var expected = try Self.identity(id: "a")
        (expected.pod, expected.containerID) = ("", "")
        #expect(common == expected)
    }

    @Test func `a group with processes outside of containers has no identity`() throws {
        #expect(GroupIdentity.common(of: [(try Self.identity(), 1), (nil, 2)]) == nil)
        #expect(GroupIdentity.common(of: []) == nil)
    }

    @Test func `containers that share nothing do not identify their group`() throws {
        let ids = ["docker", "lxc"].map { "/\($0)/\(ContainerIdentityTests.id)" }
        let identities = try ids.map { GroupIdentity(try #require(ContainerIdentity(path: $0))) }
        var shared = identities[0]
        shared.runtime = "lxc"
        shared.containerID = "lxc://web"
        #expect(GroupIdentity.common(of: [(identities[0], 1), (shared, 2)]) == nil)
    }
}
