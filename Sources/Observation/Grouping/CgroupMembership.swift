/// The cgroup of a process, with the systemd unit and the container that its path names: proc_pid_cgroup(5).
struct CgroupMembership: Equatable {
    let path: String
    /// The innermost service or scope; nil if the path has none.
    let unit: String?
    /// Nil outside of containers.
    let container: ContainerIdentity?

    /// Parses lines of "ID:CONTROLLERS:PATH". Of several hierarchies, systemd's own has the units, else the unified one.
    /// A container may be in any: runtimes that do not use systemd leave some of them alone.
    init?(parsing content: [UInt8]) {
        let lines = content.split(separator: UInt8(ascii: "\n")).compactMap { line -> (String, String)? in
            let fields = String(decoding: line, as: UTF8.self).split(
                separator: ":",
                maxSplits: 2,
                omittingEmptySubsequences: false
            )
            return fields.count == 3 ? (String(fields[1]), String(fields[2])) : nil
        }
        let preferred = [lines.first { $0.0 == "name=systemd" }, lines.first { $0.0.isEmpty }].compactMap(\.self)
        guard let path = (preferred.first ?? lines.first)?.1 else { return nil }
        self.init(path: path, container: (preferred + lines).lazy.compactMap { ContainerIdentity(path: $0.1) }.first)
    }

    init(path: String) { self.init(path: path, container: ContainerIdentity(path: path)) }

    private init(path: String, container: ContainerIdentity?) {
        self.path = path
        self.container = container
        unit = path.split(separator: "/").last { $0.hasSuffix(".service") || $0.hasSuffix(".scope") }.map {
            Self.unescaped($0)
        }
    }

    /// The name of the group without any rule. Scopes are not used: they are named after sessions, processes and containers,
    /// so each has another name.
    var service: String? { unit.flatMap { $0.hasSuffix(".service") ? $0 : nil } }

    /// systemd prefixes names that are reserved for the kernel with an underscore (cg_escape).
    private static func unescaped(_ name: Substring) -> String { String(name.first == "_" ? name.dropFirst() : name) }
}
