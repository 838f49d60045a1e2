/// Which cgroup a process is in, and what its path says of systemd units and containers: proc_pid_cgroup(5).
struct CgroupMembership: Equatable {
    let path: String
    /// The innermost service or scope; nil where there is none.
    let unit: String?
    /// The identifier that the container runtime gave; nil outside of containers.
    let container: String?

    /// Lines are "ID:CONTROLLERS:PATH". Of several hierarchies systemd's own knows the units, else the unified one.
    init?(parsing content: [UInt8]) {
        let lines = content.split(separator: UInt8(ascii: "\n")).compactMap { line -> (String, String)? in
            let fields = String(decoding: line, as: UTF8.self).split(
                separator: ":",
                maxSplits: 2,
                omittingEmptySubsequences: false
            )
            return fields.count == 3 ? (String(fields[1]), String(fields[2])) : nil
        }
        guard
            let path = (lines.first { $0.0 == "name=systemd" } ?? lines.first { $0.0.isEmpty } ?? lines.first)?.1
        else { return nil }
        self.init(path: path)
    }

    init(path: String) {
        self.path = path
        let names = path.split(separator: "/")
        unit = names.last { $0.hasSuffix(".service") || $0.hasSuffix(".scope") }.map { Self.unescaped($0) }
        container = names.reversed().lazy.compactMap(Self.container).first
    }

    /// The name of a group without any rule: a service's. Scopes are named after sessions, processes and containers,
    /// each of which is another one.
    var service: String? { unit.flatMap { $0.hasSuffix(".service") ? $0 : nil } }

    /// Docker and CRI-O: "docker-ID.scope", "crio-ID.scope", "cri-containerd-ID.scope"; podman: "libpod-ID.scope" and
    /// "libpod-payload-ID"; without systemd the bare ID. Identifiers are 64 hexadecimal digits.
    private static func container(_ name: Substring) -> String? {
        let name = name.hasSuffix(".scope") ? name.dropLast(".scope".count) : name
        let identifier = name.suffix(64)
        guard identifier.utf8.count == 64, identifier.utf8.allSatisfy(isHexadecimal) else { return nil }
        let prefix = name.dropLast(64)
        return prefix.isEmpty || prefix.hasSuffix("-") || prefix.hasSuffix(":") ? String(identifier) : nil
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "0"..."9", "a"..."f": true
        default: false
        }
    }

    /// systemd puts an underscore before names that the kernel would take for its own (cg_escape).
    private static func unescaped(_ name: Substring) -> String { String(name.first == "_" ? name.dropFirst() : name) }
}
