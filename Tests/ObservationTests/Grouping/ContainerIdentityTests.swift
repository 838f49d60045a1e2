import Testing

@testable import Observation

struct ContainerIdentityTests {
    private typealias Runtime = ContainerIdentity.Runtime

    static let id = String(repeating: "0123456789abcdef", count: 4)
    private static let inner = String(repeating: "fedcba9876543210", count: 4)
    static let uid = "1d2c3b4a-0123-4567-89ab-cdef01234567"
    private static let digest = "9729a196c4723b60ab401eaff722982d"
    /// As systemd's slices have it.
    private static let slice = "kubepods-burstable-pod1d2c3b4a_0123_4567_89ab_cdef01234567.slice"

    private struct Expected {
        let path: String
        var runtime: Runtime?
        var id: String? = ContainerIdentityTests.id
        var uid: String? = ContainerIdentityTests.uid
    }

    private static let pods = [
        // cgroupfs, with each class of service; Guaranteed has no directory.
        Expected(path: "/kubepods/burstable/pod\(uid)/\(id)"),
        Expected(path: "/kubepods/besteffort/pod\(uid)/\(id)"),
        Expected(path: "/kubepods/pod\(uid)/\(id)"),
        Expected(path: "/kubepods/pod\(uid)/crio-\(id)", runtime: .crio),
        Expected(path: "/kubepods/burstable/pod\(digest)/\(id)", uid: digest),
        // systemd.
        Expected(
            path: "/kubepods.slice/kubepods-burstable.slice/\(slice)/cri-containerd-\(id).scope",
            runtime: .containerd
        ),
        Expected(path: "/kubepods.slice/kubepods-burstable.slice/\(slice)/cri-containerd-\(id)", runtime: .containerd),
        Expected(path: "/kubepods.slice/kubepods-burstable.slice/\(slice)/docker-\(id).scope", runtime: .docker),
        Expected(path: "/kubepods.slice/kubepods-burstable.slice/\(slice)/crio-\(id).scope", runtime: .crio),
        Expected(path: "/kubepods.slice/kubepods-burstable.slice/\(slice)/crio-\(id).scope/container", runtime: .crio),
        Expected(
            path: "/kubepods.slice/kubepods-pod1d2c3b4a_0123_4567_89ab_cdef01234567.slice/cri-containerd-\(id).scope",
            runtime: .containerd
        ),
        Expected(
            path: "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(digest).slice/docker-\(id).scope",
            runtime: .docker,
            uid: digest
        ),
        // A kubelet with systemd and a containerd without.
        Expected(path: "/system.slice/containerd.service/\(slice):cri-containerd:\(id)", runtime: .containerd),
        // A kubelet with a root of its own.
        Expected(
            path: "/kubelet.slice/kubelet-kubepods.slice/kubelet-\(slice)/cri-containerd-\(id).scope",
            runtime: .containerd
        ),
        // Seen from the cgroup namespace of another pod, of another container of the pod, and of one that shares less.
        Expected(path: "/../../\(slice)/cri-containerd-\(id).scope", runtime: .containerd),
        Expected(path: "/../../pod\(uid)/\(id)"),
        Expected(path: "/../cri-containerd-\(id).scope", runtime: .containerd, uid: nil),
        Expected(path: "/../../../besteffort/pod\(uid)/\(id)"),
        // Sub-cgroups, as of a systemd or a Docker inside.
        Expected(path: "/kubepods/pod\(uid)/\(id)/system.slice/shop.service"),
        Expected(path: "/kubepods/pod\(uid)/\(id)/docker/\(inner)"),
        Expected(path: "/kubepods/pod\(uid)/\(id)/\(slice)/cri-containerd-\(inner).scope"),
        // Outside of the containers: CRI-O's monitor.
        Expected(path: "/kubepods.slice/\(slice)/crio-conmon-\(id).scope", id: nil),
        Expected(path: "/kubepods/pod\(uid)", id: nil),
    ]

    @Test(arguments: pods.indices)
    func `a pod's container is recognised whatever made it`(index: Int) {
        let expected = Self.pods[index]
        let found = ContainerIdentity(path: expected.path)
        #expect(found?.id == expected.id, "\(expected.path)")
        #expect(found?.podUID == expected.uid, "\(expected.path)")
        #expect(found?.runtime == expected.runtime, "\(expected.path)")
        #expect(found?.isOfHost == true, "\(expected.path)")
    }

    private static let others = [
        Expected(path: "/docker/\(id)", runtime: .docker),
        Expected(path: "/system.slice/docker-\(id).scope", runtime: .docker),
        Expected(path: "/system.slice/cri-containerd-\(id).scope", runtime: .containerd),
        Expected(path: "/system.slice/nerdctl-\(id).scope", runtime: .containerd),
        Expected(path: "/default/\(id)"),
        Expected(path: "/machine.slice/libpod-\(id).scope/container", runtime: .podman),
        Expected(path: "/machine.slice/libpod-\(id).scope/libpod-payload-\(id)", runtime: .podman),
        Expected(path: "/libpod_parent/libpod-\(id)", runtime: .podman),
        Expected(path: "/libpod_parent/\(id)", runtime: .podman),
        Expected(path: "/system.slice/shop.service/libpod-payload-\(id)", runtime: .podman),
        Expected(
            path: "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(id).scope/container",
            runtime: .podman
        ),
        Expected(path: "/user.slice/user-1000.slice/user@1000.service/app.slice/docker-\(id).scope", runtime: .docker),
        Expected(path: "/docker/\(inner)/docker/\(id)", runtime: .docker),
        Expected(path: "/ecs/8f2c/\(id)"),
        Expected(path: "/lxc/web", runtime: .lxc, id: "web"),
        Expected(path: "/lxc.payload.web/system.slice/shop.service", runtime: .lxc, id: "web"),
        Expected(path: "/lxc.payload/web", runtime: .lxc, id: "web"),
        Expected(path: "/machine.slice/machine-web.scope/payload", runtime: .nspawn, id: "web"),
        Expected(path: "/machine.slice/machine-web\\x2d1.scope/payload/init.scope", runtime: .nspawn, id: "web-1"),
        Expected(path: "/machine.slice/systemd-nspawn@web.service/payload", runtime: .nspawn, id: "web"),
        Expected(path: "/lxc.payload.web/docker/\(id)", runtime: .docker),
    ]

    @Test(arguments: others.indices)
    func `a container without a pod is recognised whatever made it`(index: Int) {
        let expected = Self.others[index]
        let found = ContainerIdentity(path: expected.path)
        #expect(found?.id == expected.id, "\(expected.path)")
        #expect(found?.runtime == expected.runtime, "\(expected.path)")
        #expect(found?.podUID == nil, "\(expected.path)")
    }

    @Test(arguments: [
        "/", "/system.slice/shop.service", "/user.slice/user-1000.slice/session-3.scope", "/../..",
        "/system.slice/docker-0123.scope", "/kubepods/burstable", "/kubepods.slice/kubepods-pod12.slice",
        "/lxc.monitor.web", "/lxc.payload.", "/lxc/a b", "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope",
        "/machine.slice/libpod-conmon-\(id).scope", "/system.slice/x\(id).scope",
        "/kubepods/pod1D2C3B4A-0123-4567-89AB-CDEF01234567",
    ])
    func `other paths have no container`(path: String) {
        #expect(ContainerIdentity(path: path) == nil)
    }

    @Test(arguments: [
        // A user, a service, and a container may make such cgroups below their own.
        "/user.slice/user-1000.slice/user@1000.service/kubepods/pod\(uid)/\(id)",
        "/system.slice/ci.service/kubepods/pod\(uid)/\(id)",
        "/docker/\(inner)/kubepods/pod\(uid)/\(id)",
        "/lxc.payload.web/kubepods/pod\(uid)/\(id)",
        "/user.slice/user-1000.slice/user@1000.service/docker-\(id).scope",
        "/docker/\(inner)/docker/\(id)",
    ])
    func `a container that something else than the host made is not the host's`(path: String) {
        let found = ContainerIdentity(path: path)
        #expect(found?.id == Self.id)
        #expect(found?.isOfHost == false)
    }
}

struct KubernetesNameTests {
    @Test func `names are those that Kubernetes allows`() {
        #expect(KubernetesName.isLabel("kube-system"))
        #expect(KubernetesName.isSubdomain("web-0.example"))
        #expect(KubernetesName.isUID(ContainerIdentityTests.uid[...]))
        #expect(KubernetesName.isLabel(String(repeating: "a", count: 63)[...]))
    }

    @Test(arguments: ["", "-a", "a-", "A", "a_b", "a.b", "a/b", "é", "a\n", String(repeating: "a", count: 64)])
    func `other texts are not labels`(text: String) {
        #expect(!KubernetesName.isLabel(text[...]))
    }

    @Test(arguments: ["", ".", "a..b", "a.-b", "..", String(repeating: "a.", count: 127) + "a", "a\u{0}"])
    func `other texts are not subdomains`(text: String) {
        #expect(!KubernetesName.isSubdomain(text[...]) || text.utf8.count <= 253 && !text.contains(".."))
    }
}
