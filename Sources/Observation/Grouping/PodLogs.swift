import Glibc
import Linux

/// The directories in which a kubelet keeps the logs of pods, as they were at one moment. Only names are read:
///
/// - `pods/NAMESPACE_POD_UID/CONTAINER/`
/// - `containers/POD_NAMESPACE_CONTAINER-ID.log`, links that kubelets make for every runtime
///
/// A static pod has the digest of its manifest in place of the UID, here as in the names of cgroups.
struct PodLogs: Sendable {
    struct Pod: Sendable, Hashable {
        let namespace: String
        let name: String
    }

    /// By UID.
    private let pods: [String: Pod]
    /// By the identifier; nil if the directory is missing.
    private let containers: [String: (pod: Pod, name: String)]?
    private let directory: String

    /// A kubelet runs 110 pods unless it is told otherwise, and keeps the logs of few more.
    private static let maxPods = 10_000
    private static let maxContainers = 40_000
    private static let maxFiles = 1000

    /// Reads both directories. May block.
    ///
    /// - Parameter directory: of the pods. The other one is beside it.
    /// - Returns: nil if it cannot be read.
    init?(_ directory: String) {
        guard let names = Self.names(in: directory, atMost: Self.maxPods) else { return nil }
        self.directory = directory
        pods = names.reduce(into: [:]) { pods, name in
            guard let (uid, pod) = Self.pod(name) else { return }
            pods[uid] = pod
        }
        let parent = directory.split(separator: "/").dropLast().joined(separator: "/")
        containers = Self.names(in: "/\(parent)/containers", atMost: Self.maxContainers)?.reduce(into: [:]) {
            containers,
            name in
            guard let (id, pod, container) = Self.container(name) else { return }
            containers[id] = (pod, container)
        }
    }

    /// Whether nothing more can be learned about a container by reading the directories again.
    func covers(_ container: ContainerIdentity) -> Bool {
        guard let id = container.id else { return container.podUID.map { pods[$0] != nil } ?? true }
        return (container.podUID.map { pods[$0] != nil } ?? true) && (containers.map { $0[id] != nil } ?? true)
    }

    /// The names of a container that need no look into the directory of its pod. Never blocks.
    func listedNames(of container: ContainerIdentity) -> PodNames.Names {
        var names = PodNames.Names()
        let linked = container.id.flatMap { containers?[$0] }
        guard let pod = container.podUID.flatMap({ pods[$0] }) ?? linked?.pod else { return names }
        (names.namespace, names.pod) = (pod.namespace, pod.name)
        // The path of a link has the same names as its target.
        if let linked, linked.pod == pod { names.container = linked.name }
        if container.podUID == nil {
            // The pod before may have had the same name.
            let known = pods.filter { $0.value == pod }
            names.podUID = known.count == 1 ? known.first?.key : nil
        }
        return names
    }

    /// The names of a container, as far as they are known. May block.
    func names(of container: ContainerIdentity) -> PodNames.Names {
        var names = listedNames(of: container)
        let needsRuntime = container.runtime == nil
        guard let id = container.id, needsRuntime || names.container == nil, let namespace = names.namespace,
            let pod = names.pod, let uid = container.podUID ?? names.podUID
        else { return names }
        let folder = "\(directory)/\(namespace)_\(pod)_\(uid)"
        let candidates =
            names.container.map { [$0] }
            ?? (Self.names(in: folder, atMost: Self.maxFiles) ?? []).filter { KubernetesName.isLabel($0[...]) }
        if let owner = candidates.first(where: { Self.isDocker(id, logsIn: "\(folder)/\($0)") }) {
            (names.container, names.runtime) = (owner, .docker)
        } else {
            if candidates.count == 1 { names.container = candidates.first }
            // Of the runtimes that name a cgroup after nothing but the container, only Docker has such links.
            if needsRuntime, names.container != nil { names.runtime = .containerd }
        }
        return names
    }

    /// Whether a log is a link to Docker's own, in `containers/ID`.
    private static func isDocker(_ id: String, logsIn directory: String) -> Bool {
        (names(in: directory, atMost: maxFiles) ?? []).contains { name in
            name.hasSuffix(".log")
                && (try? SymbolicLink.target(of: "\(directory)/\(name)"))?.split(separator: "/").contains(id[...])
                    == true
        }
    }

    // MARK: names of files

    /// "NAMESPACE_POD_UID". The names themselves have no underscore.
    private static func pod(_ name: String) -> (uid: String, Pod)? {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, KubernetesName.isLabel(parts[0]), KubernetesName.isSubdomain(parts[1]),
            KubernetesName.isUID(parts[2])
        else { return nil }
        return (String(parts[2]), Pod(namespace: String(parts[0]), name: String(parts[1])))
    }

    /// "POD_NAMESPACE_CONTAINER-ID.log". A kubelet cuts longer names off at 255 bytes: these have no identifier.
    private static func container(_ name: String) -> (id: String, Pod, name: String)? {
        guard name.hasSuffix(".log") else { return nil }
        let parts = name.dropLast(".log".count).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, KubernetesName.isSubdomain(parts[0]), KubernetesName.isLabel(parts[1]) else {
            return nil
        }
        let id = parts[2].suffix(64)
        let container = parts[2].dropLast(65)
        guard id.utf8.count == 64, id.utf8.allSatisfy(KubernetesName.isDigit), KubernetesName.isLabel(container),
            parts[2].dropLast(64).last == "-"
        else { return nil }
        return (String(id), Pod(namespace: String(parts[1]), name: String(parts[0])), String(container))
    }

    private static func names(in path: String, atMost limit: Int) -> [String]? {
        guard let directory = unsafe opendir(path) else {
            Shortage.note(errno)
            return nil
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while names.count < limit, let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
