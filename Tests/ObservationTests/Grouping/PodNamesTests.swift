import Linux
import TestSupport
import Testing

@testable import Observation

struct PodNamesTests {
    private static let second: UInt64 = 1_000_000_000
    private static let uid = ContainerIdentityTests.uid
    private static let id = ContainerIdentityTests.id
    private static let otherID = String(repeating: "ab", count: 32)

    private let folder: TemporaryFolder
    private var files: ProcessFiles { ProcessFiles(proc: "/nonexistent", pid: 1) }

    init() throws { folder = try TemporaryFolder() }

    private var names: PodNames { PodNames(folder.file("pods")) }

    private static func container(_ path: String) throws -> ContainerIdentity {
        try #require(ContainerIdentity(path: path))
    }

    private static var containerd: ContainerIdentity {
        get throws {
            try container("/kubepods.slice/kubepods-pod\(uid.replacingHyphens).slice/cri-containerd-\(id).scope")
        }
    }

    /// A container of cgroupfs, which does not name the runtime.
    private static var bare: ContainerIdentity { get throws { try container("/kubepods/pod\(uid)/\(id)") } }

    private func addContainer(_ name: String, pod: String = "shop_web-7f-abcde") throws {
        try folder.makeFolder("pods/\(pod)_\(Self.uid)/\(name)")
    }

    private func addLink(_ name: String, id: String) throws {
        try folder.makeFolder("containers")
        try folder.link("containers/web-7f-abcde_shop_\(name)-\(id).log", to: "/nonexistent")
    }

    private func expected(_ container: String?, runtime: ContainerIdentity.Runtime? = nil) -> PodNames.Answer {
        var names = PodNames.Names()
        (names.namespace, names.pod, names.container, names.runtime) = ("shop", "web-7f-abcde", container, runtime)
        return .names(names)
    }

    @Test func `the link of a log names the container among several`() throws {
        try addContainer("app")
        try addContainer("proxy")
        try addLink("proxy", id: Self.otherID)
        try addLink("app", id: Self.id)
        #expect(names.names(of: try Self.containerd, files, now: 0) == expected("app"))
        #expect(names.names(of: try Self.bare, files, now: 0) == expected("app", runtime: .containerd))
    }

    @Test func `names that cannot be read for lack of descriptors are not missing`() async {
        await #expect(processExitsWith: .success) {
            let test = try Self()
            try test.addContainer("app")
            let (names, container) = (test.names, try Self.containerd)
            DescriptorShortage.begin()
            let during = names.names(of: container, test.files, now: 0)
            DescriptorShortage.end()
            #expect(during == .later)
            #expect(names.names(of: container, test.files, now: 0) == test.expected("app"))
        }
    }

    @Test func `without links the only container of a pod is the one`() throws {
        try addContainer("app")
        #expect(names.names(of: try Self.containerd, files, now: 0) == expected("app"))
        #expect(names.names(of: try Self.bare, files, now: 0) == expected("app", runtime: .containerd))
    }

    @Test func `without links one of several containers has no name, and is looked for again`() throws {
        try addContainer("app")
        try addContainer("proxy")
        let names = names
        // It may be a moment old.
        #expect(names.names(of: try Self.containerd, files, now: 10 * Self.second) == .later)
        // Another of its processes.
        #expect(names.names(of: try Self.containerd, files, now: 10 * Self.second + 1) == .later)
        #expect(names.names(of: try Self.containerd, files, now: 15 * Self.second) == expected(nil))
        try addLink("app", id: Self.id)
        #expect(names.names(of: try Self.containerd, files, now: 16 * Self.second) == expected(nil))
        #expect(names.names(of: try Self.containerd, files, now: 60 * Self.second) == expected("app"))
    }

    @Test func `a link to Docker's log names the container and the runtime`() throws {
        try addContainer("proxy")
        try addContainer("app")
        let pod = "pods/shop_web-7f-abcde_\(Self.uid)"
        try folder.link("\(pod)/proxy/0.log", to: "/var/lib/docker/containers/\(Self.otherID)/\(Self.otherID)-json.log")
        try folder.link("\(pod)/app/0.log", to: "/var/lib/docker/containers/\(Self.otherID)/\(Self.otherID)-json.log")
        try folder.link("\(pod)/app/1.log", to: "/var/lib/docker/containers/\(Self.id)/\(Self.id)-json.log")
        #expect(names.names(of: try Self.bare, files, now: 0) == expected("app", runtime: .docker))
    }

    @Test func `a container of the exporter's own pod is known by its identifier`() throws {
        try addContainer("app")
        try addLink("app", id: Self.id)
        let container = try Self.container("/../cri-containerd-\(Self.id).scope")
        var names = PodNames.Names()
        (names.namespace, names.pod, names.container, names.podUID) = ("shop", "web-7f-abcde", "app", Self.uid)
        #expect(self.names.names(of: container, files, now: 0) == .names(names))
    }

    @Test func `a new pod is found by another reading, which waits for its turn`() throws {
        try folder.makeFolder("pods")
        let names = names
        let (container, now) = (try Self.containerd, 100 * Self.second)
        // Two readings at first.
        for number in 0..<2 {
            let other = try Self.container("/kubepods/pod\(String(repeating: "\(number)", count: 32))/\(Self.otherID)")
            #expect(names.names(of: other, files, now: now + UInt64(number) * Self.second) == .later)
        }
        try addContainer("app")
        #expect(names.names(of: container, files, now: now + 5 * Self.second / 2) == .later)
        #expect(names.known(of: container) == PodNames.Names())
        #expect(names.names(of: container, files, now: now + 6 * Self.second) == expected("app"))
        #expect(names.known(of: container).container == "app")
    }

    @Test func `a directory that does not answer keeps no process from its group for long`() throws {
        enum Reading { case none, begun, over }
        let reading = Monitor(Reading.none)
        let names = PodNames {
            reading.update { $0 = .begun }
            reading.wait { $0 == .over }
            return nil
        }
        let (container, files) = (try Self.containerd, files)
        try POSIXThread(name: "reader") { _ = names.names(of: container, files, now: 0) }.detach()
        reading.wait { $0 == .begun }
        #expect(names.names(of: container, files, now: 5 * Self.second) == .later)
        #expect(names.names(of: container, files, now: 15 * Self.second) == .names(PodNames.Names()))
        reading.update { $0 = .over }
    }

    @Test func `names stay when the logs are removed`() throws {
        try addContainer("app")
        let names = names
        #expect(names.names(of: try Self.containerd, files, now: 0) == expected("app"))
        #expect(names.known(of: try Self.containerd).pod == "web-7f-abcde")
        let other = try Self.container("/kubepods/pod\(String(repeating: "0", count: 32))/\(Self.id)")
        #expect(names.known(of: other) == PodNames.Names())
    }

    @Test(arguments: [
        "/user.slice/user-1000.slice/user@1000.service/kubepods/pod\(uid)/\(id)",
        "/system.slice/docker-\(otherID).scope/kubepods/pod\(uid)/\(id)",
        "/user.slice/user-1000.slice/user@1000.service/cri-containerd-\(id).scope",
        "/lxc/web",
    ])
    func `a cgroup that the host did not make gets no names of the host`(path: String) throws {
        try addContainer("app")
        try addLink("app", id: Self.id)
        #expect(names.names(of: try Self.container(path), files, now: 0) == .names(PodNames.Names()))
    }

    @Test(arguments: ["SHOP_web", "shop_web-", "shop", "shop_web_extra", "sh\u{1B}op_web", "_", "shop_\u{202E}"])
    func `impossible names are no names`(pod: String) throws {
        try addContainer("app", pod: pod)
        let names = names
        #expect(names.names(of: try Self.containerd, files, now: 0) == .later)
        #expect(names.names(of: try Self.containerd, files, now: 5 * Self.second) == .names(PodNames.Names()))
    }

    // MARK: without the host's files

    /// A process with files of its own in a tree without logs of pods.
    private func ownNames(hostname: String, host: String?, namespace: String?) throws -> PodNames.Names? {
        if let host { try folder.write(host + "\n", to: "1/root/etc/hostname") }
        try folder.write(hostname + "\n", to: "7/root/etc/hostname")
        if let namespace {
            try folder.write(namespace, to: "7/root/run/secrets/kubernetes.io/serviceaccount/namespace")
        }
        let files = ProcessFiles(proc: folder.path, pid: 7)
        guard case .names(let names) = names.names(of: try Self.containerd, files, now: 0) else { return nil }
        return names
    }

    @Test func `without the host's files the pod's own name it`() throws {
        let names = try ownNames(hostname: "web-7f-abcde", host: "node-1", namespace: "shop")
        #expect(names?.pod == "web-7f-abcde")
        #expect(names?.namespace == "shop")
        #expect(names?.container == nil)
    }

    @Test func `a pod in the host's network has the host's name, not its own`() throws {
        let names = try ownNames(hostname: "node-1", host: "node-1", namespace: "shop")
        #expect(names?.pod == nil)
        #expect(names?.namespace == "shop")
    }

    @Test func `a name that a kubelet may have cut off is not used, and none is while the host's is unknown`() throws {
        #expect(try ownNames(hostname: String(repeating: "a", count: 63), host: "node-1", namespace: nil)?.pod == nil)
        #expect(try ownNames(hostname: "web", host: nil, namespace: nil)?.pod == "web")
    }

    @Test func `a pod cannot name itself if the host's files are there`() throws {
        try folder.makeFolder("pods")
        #expect(try ownNames(hostname: "victim", host: "node-1", namespace: "bank") == nil)
        let files = ProcessFiles(proc: folder.path, pid: 7)
        let names = names
        _ = names.names(of: try Self.containerd, files, now: 0)
        #expect(names.names(of: try Self.containerd, files, now: 9 * Self.second) == .names(PodNames.Names()))
    }
}

extension String {
    fileprivate var replacingHyphens: String { String(map { $0 == "-" ? "_" : $0 }) }
}
