/// What a group is in Kubernetes or another system of containers: the labels of `gil_process_group_info`. Empty: unknown.
package struct GroupIdentity: Sendable, Hashable {
    package var namespace = ""
    package var pod = ""
    package var container = ""
    /// As the API of Kubernetes and kube-state-metrics write it, as `containerd://ID`; without the scheme if the runtime is
    /// unknown.
    package var containerID = ""
    package var podUID = ""
    package var runtime = ""

    package init() {}

    init(_ container: ContainerIdentity, _ names: PodNames.Names = PodNames.Names()) {
        namespace = names.namespace ?? ""
        pod = names.pod ?? ""
        self.container = names.container ?? ""
        podUID = container.podUID ?? names.podUID ?? ""
        let runtime = container.runtime ?? names.runtime
        self.runtime = runtime?.rawValue ?? ""
        containerID = container.id.map { id in runtime.map { "\($0.rawValue)://\(id)" } ?? id } ?? ""
    }

    /// Whether nothing is known that distinguishes the group from others.
    var isEmpty: Bool { Self.fields.allSatisfy { self[keyPath: $0].isEmpty } }

    /// Whether names of a pod are unknown, which may become known.
    var lacksNames: Bool { !podUID.isEmpty && (namespace.isEmpty || pod.isEmpty || container.isEmpty) }

    // Key paths are not Sendable by type.
    private static var fields: [WritableKeyPath<GroupIdentity, String>] {
        [\.namespace, \.pod, \.container, \.containerID, \.podUID, \.runtime]
    }

    /// The default group of a pod's processes; nil outside of pods.
    ///
    /// It has no identifier of the container, with which every restart would make another group. The UID of the pod stands
    /// for unknown names: of a container no other stable name is known.
    var groupOfPod: String? {
        guard !namespace.isEmpty, !pod.isEmpty else { return podUID.isEmpty ? nil : "pod/\(podUID)" }
        return container.isEmpty ? "\(namespace)/\(pod)" : "\(namespace)/\(pod)/\(container)"
    }

    /// The identity of a group, so that there is one for each.
    ///
    /// A container that was restarted is one container, of which the newest counts. If the processes are of several, only
    /// what they have in common identifies the group.
    ///
    /// - Parameter members: the identities of the processes with their starts; nil for a process outside of containers.
    /// - Returns: nil if the group is not of containers.
    static func common(of members: [(identity: GroupIdentity?, start: UInt64)]) -> GroupIdentity? {
        var starts: [GroupIdentity: UInt64] = [:]
        for (identity, start) in members {
            guard let identity else { return nil }
            starts[identity] = min(starts[identity] ?? start, start)
        }
        guard var common = starts.max(by: { ($0.value, $0.key.containerID) < ($1.value, $1.key.containerID) })?.key
        else {
            return nil
        }
        let isOneContainer =
            !common.container.isEmpty
            && [\GroupIdentity.namespace, \.pod, \.container].allSatisfy { field in
                starts.keys.allSatisfy { $0[keyPath: field] == common[keyPath: field] }
            }
        guard !isOneContainer else { return common }
        for field in fields where !starts.keys.allSatisfy({ $0[keyPath: field] == common[keyPath: field] }) {
            common[keyPath: field] = ""
        }
        return common.isEmpty ? nil : common
    }
}
