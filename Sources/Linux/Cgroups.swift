import Glibc

/// How often and how long CPU bandwidth control kept the cgroups of this process off the CPUs: cpu.stat,
/// Documentation/admin-guide/cgroup-v2.rst and Documentation/scheduler/sched-bwc.rst.
package struct CgroupThrottling: Sendable, Equatable {
    /// Enforcement periods in which a quota was used up.
    let periods: UInt64
    /// Time off the CPUs, summed over CPUs.
    package let time: Duration

    init(periods: UInt64, time: Duration) {
        self.periods = periods
        self.time = time
    }

    /// Sums over the process's own cgroup and every visible ancestor, because a quota of an ancestor delays the process
    /// too. Compare two readings to see whether throttling happened between them.
    ///
    /// Nil where no visible cgroup has a cpu controller: throttling then cannot be observed, which differs from zero.
    package static func ofThisProcess(proc: String = "/proc") throws(ProcFileError) -> CgroupThrottling? {
        let membership = try ProcFile.parse("\(proc)/self/cgroup", manual: "cgroups(7)") { $0 }
        let mounts = try ProcFile.parse("\(proc)/self/mountinfo", manual: "proc_pid_mountinfo(5)") { $0 }
        guard let directories = CgroupDirectories(membership: membership, mounts: mounts) else { return nil }
        var sum: CgroupThrottling?
        for directory in directories.paths {
            guard let throttling = try CgroupThrottling(directory: directory) else { continue }
            sum = CgroupThrottling(
                periods: (sum?.periods ?? 0) &+ throttling.periods,
                time: (sum?.time ?? .zero) + throttling.time
            )
        }
        return sum
    }

    /// Nil where the cgroup does not have the controller: cpu.stat lacks these lines or does not exist.
    private init?(directory: String) throws(ProcFileError) {
        do {
            let numbers = try ProcFile.parse("\(directory)/cpu.stat", manual: "cgroups(7)", Self.numbers(parsing:))
            self.init(cpuStat: numbers)
        } catch .unreadable(let error) where error.code == ENOENT {
            return nil
        }
    }

    init?(cpuStat numbers: [String: UInt64]) {
        guard let periods = numbers["nr_throttled"] else { return nil }
        // Version 2 counts microseconds, version 1 nanoseconds.
        if let microseconds = numbers["throttled_usec"] {
            self.init(periods: periods, time: .microseconds(Int64(clamping: microseconds)))
        } else if let nanoseconds = numbers["throttled_time"] {
            self.init(periods: periods, time: .nanoseconds(Int64(clamping: nanoseconds)))
        } else {
            return nil
        }
    }

    /// Lines of "KEY VALUE"; nil when the text is anything else.
    static func numbers(parsing content: [UInt8]) -> [String: UInt64]? {
        var numbers: [String: UInt64] = [:]
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard fields.count == 2, let number = UInt64(decimal: fields[1]) else { return nil }
            numbers[String(decoding: fields[0], as: UTF8.self)] = number
        }
        return numbers
    }
}

/// The directories in which the cpu controller shows this process's cgroup and its ancestors: cgroups(7).
struct CgroupDirectories: Sendable, Equatable {
    /// From the process's own directory to the outermost mounted one.
    let paths: [String]

    /// Nil where the controller is not mounted, or its mounts do not contain the process's cgroup.
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

    /// The process's cgroup in the hierarchy that has the cpu controller: the v1 hierarchy that names it, otherwise v2.
    /// A controller is in one hierarchy at a time. Lines are "ID:CONTROLLERS:PATH"; v2 is "0::PATH".
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

    /// The cgroup's path and the mount's root are both relative to the reader's cgroup namespace. Paths outside of it
    /// begin with "/..": cgroup_namespaces(7).
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

/// One mount of this process's mount namespace: a line of /proc/self/mountinfo, proc_pid_mountinfo(5).
struct MountInfo: Sendable, Equatable {
    /// The directory of the mounted file system that appears at the mount point.
    let root: String
    let mountPoint: String
    let type: String
    let superOptions: [String]

    /// "ID PARENT DEVICE ROOT MOUNT_POINT OPTIONS [OPTIONAL…] - TYPE SOURCE SUPER_OPTIONS"
    init?(parsing line: some Sequence<UInt8>) {
        let fields = Array(line).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let separator = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), separator >= 6,
            fields.count > separator + 3
        else { return nil }
        root = Self.unescaped(fields[3])
        mountPoint = Self.unescaped(fields[4])
        type = Self.unescaped(fields[separator + 1])
        superOptions = fields[separator + 3].split(separator: UInt8(ascii: ",")).map { Self.unescaped($0) }
    }

    /// The kernel writes blanks, tabs, newlines and backslashes as a backslash and three octal digits (fs/seq_file.c,
    /// mangle_path).
    private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
