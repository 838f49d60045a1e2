/// The container of a process, and its pod, as the path of its cgroup names them.
///
/// Kubelets and runtimes write paths in many ways: with systemd, `kubepods-burstable-podUID.slice/cri-containerd-ID.scope`;
/// without, `kubepods/burstable/podUID/ID`. The parts in front are missing in a cgroup namespace, where a path that leads
/// out of it begins with `/..`: cgroup_namespaces(7).
struct ContainerIdentity: Sendable, Hashable {
    /// The raw value is the scheme of the identifiers in the API of Kubernetes, as in `cri-o://ID`.
    enum Runtime: String, Sendable {
        case containerd
        case crio = "cri-o"
        case docker
        case podman
        case lxc
        case nspawn = "systemd-nspawn"
    }

    /// Nil if the path does not show it.
    private(set) var runtime: Runtime?
    /// 64 hexadecimal digits; of LXC and systemd-nspawn the name. Nil for a process of a pod outside of its containers.
    private(set) var id: String?
    /// With hyphens. A static pod has a digest of 32 digits, which is not the identifier in the API of Kubernetes.
    private(set) var podUID: String?
    /// Whether the host's own runtime made the container. Users, services and containers to whom a part of the hierarchy is
    /// delegated may make cgroups of any name.
    private(set) var isOfHost = true

    /// Outside of pods, the innermost container counts. Whatever runs inside of a pod's container belongs to that one.
    ///
    /// - Returns: nil if the path has no container and no pod.
    init?(path: String) {
        var parent: Substring = ""
        for name in path.split(separator: "/") {
            defer { parent = name }
            if name == "user.slice" || name.hasSuffix(".service") && !Self.runtimeServices.contains(name) {
                isOfHost = isOfHost && podUID != nil
            }
            if podUID == nil, let uid = Self.podUID(in: name) {
                isOfHost = isOfHost && id == nil
                (podUID, runtime, id) = (uid, nil, nil)
            }
            guard podUID == nil || id == nil, let found = Self.container(name, in: parent) else { continue }
            isOfHost = isOfHost && (id == nil || podUID != nil)
            (runtime, id) = found
        }
        guard id != nil || podUID != nil else { return nil }
    }

    /// The pods are below these if the kubelet uses systemd and the runtime does not.
    private static let runtimeServices: Set<Substring> = ["containerd.service", "crio.service", "docker.service"]

    /// "podUID", "kubepods-burstable-podUID.slice", "kubepods-podUID.slice:cri-containerd:ID". systemd's names have
    /// underscores for the hyphens of the UID, because hyphens separate slices: systemd.slice(5).
    private static func podUID(in name: Substring) -> String? {
        guard let slice = name.split(separator: ":").first else { return nil }
        let stem = slice.hasSuffix(".slice") ? slice.dropLast(".slice".count) : slice
        let word = stem.hasPrefix("pod") ? stem : stem.split(separator: "-").last ?? ""
        return word.hasPrefix("pod") ? uid(word.dropFirst("pod".count)) : nil
    }

    private static func uid(_ text: Substring) -> String? {
        let uid = String(text.map { $0 == "_" ? "-" : $0 })
        return KubernetesName.isUID(uid[...]) ? uid : nil
    }

    private static func container(_ name: Substring, in parent: Substring) -> (Runtime?, String)? {
        let stem = name.hasSuffix(".scope") ? name.dropLast(".scope".count) : name
        let digits = stem.suffix(64)
        guard digits.utf8.count == 64, digits.utf8.allSatisfy(KubernetesName.isDigit) else {
            return machine(name, in: parent)
        }
        var prefix = stem.dropLast(64)
        if let separator = prefix.last {
            guard separator == "-" || separator == ":" else { return nil }
            prefix = prefix.dropLast()
        }
        // Monitors of containers are outside of them.
        guard !prefix.hasSuffix("conmon") else { return nil }
        let word = prefix.split(separator: ":").last ?? parent
        return (runtimes[word], String(digits))
    }

    /// The words before an identifier, or the directories that contain it.
    private static let runtimes: [Substring: Runtime] = [
        "cri-containerd": .containerd, "nerdctl": .containerd, "crio": .crio, "docker": .docker, "libpod": .podman,
        "libpod-payload": .podman, "libpod_parent": .podman,
    ]

    /// A container with a system of its own: "lxc.payload.NAME", "lxc/NAME", "machine-NAME.scope",
    /// "systemd-nspawn@NAME.service".
    private static func machine(_ name: Substring, in parent: Substring) -> (Runtime, String)? {
        var found: (runtime: Runtime, name: Substring)?
        if name.hasPrefix("lxc.payload.") {
            found = (.lxc, name.dropFirst("lxc.payload.".count))
        } else if parent == "lxc" || parent == "lxc.payload" {
            found = (.lxc, name)
        } else if name.hasPrefix("systemd-nspawn@"), name.hasSuffix(".service") {
            found = (.nspawn, name.dropFirst("systemd-nspawn@".count).dropLast(".service".count))
        } else if parent == "machine.slice", name.hasPrefix("machine-"), name.hasSuffix(".scope") {
            // libvirt's virtual machines and containers are "machine-qemu\x2dNUMBER\x2dNAME.scope".
            let machine = name.dropFirst("machine-".count).dropLast(".scope".count)
            found = ["qemu\\x2d", "lxc\\x2d"].contains(where: machine.hasPrefix) ? nil : (.nspawn, machine)
        }
        guard let found else { return nil }
        // systemd escapes hyphens: systemd.unit(5).
        let machine = found.name.split(separator: "\\x2d", omittingEmptySubsequences: false).joined(separator: "-")
        return KubernetesName.isHostName(machine[...]) ? (found.runtime, machine) : nil
    }
}

/// The names that Kubernetes allows. Names from files are compared with them, because anybody may have written the files.
enum KubernetesName {
    /// A label of RFC 1123, as the name of a namespace or container.
    static func isLabel(_ text: Substring) -> Bool { text.utf8.count <= 63 && isHyphenated(text) }

    /// A subdomain of RFC 1123, as the name of a pod.
    static func isSubdomain(_ text: Substring) -> Bool {
        text.utf8.count <= 253 && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isHyphenated)
    }

    /// A UUID with hyphens, or the digest that a kubelet makes of the manifest of a static pod.
    static func isUID(_ text: Substring) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return [[8, 4, 4, 4, 12], [32]].contains(parts.map(\.count)) && parts.allSatisfy { $0.allSatisfy(isDigit) }
    }

    /// The name of a host or machine, with what machined and LXC allow beyond RFC 1123.
    static func isHostName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch Unicode.Scalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
                default: false
                }
            }
    }

    /// A hexadecimal digit.
    static func isDigit(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "0"..."9", "a"..."f": true
        default: false
        }
    }

    private static func isHyphenated(_ text: Substring) -> Bool {
        !text.isEmpty && text.first != "-" && text.last != "-"
            && text.utf8.allSatisfy { byte in
                switch Unicode.Scalar(byte) {
                case "a"..."z", "0"..."9", "-": true
                default: false
                }
            }
    }
}
