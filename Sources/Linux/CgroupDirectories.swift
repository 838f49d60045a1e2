/// Where the cpu controller shows this process's cgroup and its ancestors: cgroups(7).
struct CgroupDirectories: Sendable, Equatable {
    /// The process's own directory first, the outermost that is mounted last.
    let paths: [String]

    /// Nil where nothing of the controller is mounted, or the process's cgroup lies outside of what is.
    ///
    /// - Parameters:
    ///   - membership: /proc/self/cgroup
    ///   - mounts: /proc/self/mountinfo
    init?(membership: [UInt8], mounts: [UInt8]) {
        guard let (version, cgroup) = Self.cpuCgroup(membership) else { return nil }
        // A container may see the hierarchy more than once. The outermost mount shows the most ancestors.
        let candidates = mounts.split(separator: UInt8(ascii: "\n")).compactMap { line in
            MountInfo(parsing: line).flatMap { mount in
                version.matches(mount) ? Self.paths(of: cgroup, in: mount) : nil
            }
        }
        guard let paths = candidates.max(by: { $0.count < $1.count }) else { return nil }
        self.paths = paths
    }

    private enum Version {
        case v1, v2

        func matches(_ mount: MountInfo) -> Bool {
            switch self {
            case .v1: mount.type == "cgroup" && mount.superOptions.contains("cpu")
            case .v2: mount.type == "cgroup2"
            }
        }
    }

    /// The process's cgroup in the hierarchy that has the cpu controller: the v1 hierarchy that names it, else v2,
    /// because a controller is in one hierarchy at a time. Lines are "ID:CONTROLLERS:PATH", v2 is "0::PATH".
    private static func cpuCgroup(_ membership: [UInt8]) -> (Version, String)? {
        var unified: String?
        for line in membership.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let path = String(decoding: fields[2], as: UTF8.self)
            if fields[1].split(separator: UInt8(ascii: ",")).contains(where: { $0.elementsEqual("cpu".utf8) }) {
                return (.v1, path)
            }
            if fields[0].elementsEqual("0".utf8), fields[1].isEmpty { unified = path }
        }
        return unified.map { (.v2, $0) }
    }

    /// Both the cgroup's path and a mount's root are relative to the reader's cgroup namespace; what lies outside of it
    /// begins with "/..": cgroup_namespaces(7).
    private static func paths(of cgroup: String, in mount: MountInfo) -> [String]? {
        let root = mount.root.split(separator: "/")
        let names = cgroup.split(separator: "/")
        guard names.starts(with: root), !names.contains("..") else { return nil }
        let below = names.dropFirst(root.count)
        return (0...below.count).reversed().map { depth in
            ([mount.mountPoint] + below.prefix(depth).map(String.init)).joined(separator: "/")
        }
    }
}
