import Glibc
import Linux

/// What limits the processes that this one can observe.
///
/// It is found from what the kernel shows, not from a configuration: a unit, a container runtime, a mount or a sysctl may
/// each set such a limit, and only the kernel knows the result.
package struct ObservationScope: Sendable, Equatable {
    /// The raw value is the label of the metric.
    package enum Limit: String, CaseIterable, Sendable {
        case hiddenProcesses = "hidden_processes"
        case capability
        case userNamespace = "user_namespace"
        case ptraceScope = "ptrace_scope"
        case securityModule = "security_module"
        case pidNamespace = "pid_namespace"
        case procSubset = "proc_subset"

        /// Whether processes of other users are not observed because of it. The other limits leave whole containers out, or
        /// details.
        var hidesOthers: Bool { self != .pidNamespace && self != .procSubset }
    }

    /// How this process was started, which decides what its administrator can do.
    package enum Place: Sendable, Equatable {
        /// As a service of systemd, of this unit.
        case service(String)
        case container
        /// By a person, or by something else.
        case other
    }

    /// In the order of their importance.
    package let limits: [Limit]
    private let facts: ScopeFacts

    package init(_ facts: ScopeFacts) {
        self.facts = facts
        limits = Limit.allCases.filter(facts.shows)
    }

    /// Without limits.
    package static let all = ObservationScope(ScopeFacts())

    /// Whether no processes of other users are observed, or not all.
    package var excludesOthers: Bool { limits.contains(where: \.hidesOthers) }

    /// The limits that exclude processes of other users, for a log or a page.
    package var reasons: [String] { limits.filter(\.hidesOthers).map(reason) }

    /// The actions that let this process observe those of other users, each once.
    package var remedies: [String] {
        var known: Set<String> = []
        return limits.filter(\.hidesOthers).map(remedy).filter { known.insert($0).inserted }
    }

    /// What to do about processes that may not be read.
    package var advice: String {
        guard !excludesOthers else { return remedies.joined(separator: "; ") }
        return "CAP_SYS_PTRACE is granted, so something else denies it: a security module such as SELinux or AppArmor, "
            + "or the process is in a user namespace that is not a child of this one"
    }

    /// Why processes may not be read, and what to do about it.
    package var explanation: String {
        excludesOthers ? "\(reasons.joined(separator: "; ")). To observe them: \(advice)" : advice
    }

    /// Why the limit applies.
    package func reason(_ limit: Limit) -> String {
        switch limit {
        case .hiddenProcesses:
            "/proc hides the processes of other users" + (facts.hidepid.map { " (hidepid=\($0))" } ?? "")
        case .capability:
            "CAP_SYS_PTRACE is missing, without which the memory of other users' processes cannot be read"
        case .userNamespace:
            "a user namespace confines the capabilities to its own processes"
        case .ptraceScope:
            "kernel.yama.ptrace_scope is \(facts.rights.ptraceScope ?? 0)"
        case .securityModule:
            "a security module, such as AppArmor or SELinux, denies reading other processes"
        case .pidNamespace:
            "a pid namespace shows only the processes of this container"
        case .procSubset:
            "/proc has only processes (subset=pid), so start times and the load of the host are unknown"
        }
    }

    /// What removes the limit.
    package func remedy(_ limit: Limit) -> String {
        switch (limit, facts.place) {
        case (.ptraceScope, _) where facts.rights.ptraceScope == 3:
            "boot this system without kernel.yama.ptrace_scope=3"
        case (.securityModule, _):
            "allow the exporter to read other processes in the policy of the security module"
        case (.pidNamespace, .container):
            "share the pid namespace of the host: docker run --pid=host, hostPID: true"
        case (.pidNamespace, _):
            "run an exporter on the host, too"
        case (.procSubset, _):
            "mount /proc without subset=pid (ProcSubset=all)"
        case (_, .service(ScopeFacts.packagedUnit)):
            "sudo gil-exporter setup observe"
        case (_, .service(let unit)):
            "sudo gil-exporter setup observe --unit=\(unit)"
        case (.userNamespace, .container):
            "use the user namespace of the host: docker run --userns=host, hostUsers: true"
        case (_, .container) where facts.rights.isRoot:
            "grant CAP_SYS_PTRACE: docker run --cap-add=SYS_PTRACE, capabilities.add: [SYS_PTRACE]"
        case (_, .container):
            // Added capabilities are only those of root: capabilities(7), "Capabilities and execution of programs by root".
            "run as root with CAP_SYS_PTRACE: docker run --user=0 --cap-add=SYS_PTRACE, runAsUser: 0 and "
                + "capabilities.add: [SYS_PTRACE]"
        case (.userNamespace, .other):
            "run gil-exporter outside of the user namespace"
        case (_, .other):
            facts.rights.isRoot
                ? "grant CAP_SYS_PTRACE to root" : "run gil-exporter as root (sudo), or grant it CAP_SYS_PTRACE"
        }
    }
}

extension ObservationScope {
    /// The scope of this process, if a person runs it as a command.
    package static func ofCommand() -> ObservationScope {
        var reader = ScopeReader(isCommand: true)
        return reader.read()
    }

    /// The limits on the processes that are visible at all.
    package var visibility: [String] {
        limits.filter { $0 == .hiddenProcesses || $0 == .pidNamespace }.map(reason)
    }
}

/// The facts from which ``ObservationScope`` follows. The defaults are those of a process that may observe all.
package struct ScopeFacts: Sendable, Equatable {
    static let packagedUnit = "gil-exporter.service"

    package var rights = ObservationRights(isRoot: true, mayTrace: true, ptraceScope: nil)
    package var place = ObservationScope.Place.other
    /// Whether the files of process 1 can be read that everybody may read. Every pid namespace has a process 1, which
    /// belongs to another user: pid_namespaces(7).
    var showsInit = true
    /// Whether process 1 or kthreadd, which no process of this user started, may be inspected: PTRACE_MODE_READ_FSCREDS,
    /// ptrace(2). It is not tried without the capability.
    var readsInit = true
    /// The option of the mount of /proc, if it may be the reason that it hides processes: proc(5).
    var hidepid: String?
    /// Whether /proc has more than processes.
    var hasStatistics = true
    /// Whether the user namespace is not that of the system.
    var hasUserNamespace = false
    /// Users that exist in the user namespace: user_namespaces(7).
    var users: UInt64 = .max
    /// Whether the pid namespace is not that of the system.
    var hasPIDNamespace = false

    /// A user namespace with the users of a whole system has as many at least: nspawn, LXC and Kubernetes give 65,536. One
    /// with fewer separates a service from its system, as `PrivateUsers=` of systemd.exec(5) does.
    private static let usersOfSystem: UInt64 = 65536

    func shows(_ limit: ObservationScope.Limit) -> Bool {
        let isConfined = hasUserNamespace && !readsInit && (rights.mayTrace || users < Self.usersOfSystem)
        return switch limit {
        case .hiddenProcesses: !showsInit
        case .capability: !rights.mayTrace
        case .userNamespace: isConfined
        // 1 and 2 do not apply to CAP_SYS_PTRACE: Documentation/admin-guide/LSM/Yama.rst.
        case .ptraceScope: (rights.ptraceScope ?? 0) > (rights.mayTrace ? 2 : 0)
        case .securityModule: rights.mayTrace && showsInit && !readsInit && !isConfined
        case .pidNamespace: hasPIDNamespace
        case .procSubset: !hasStatistics
        }
    }
}

/// Reads the facts from the kernel.
struct ScopeReader {
    /// The namespaces in which the system was booted have fixed numbers: include/uapi/linux/nsfs.h, and
    /// include/linux/proc_ns.h since Linux 3.8.
    private enum Initial {
        static let user = "user:[4026531837]"
        static let pid = "pid:[4026531836]"
    }

    private let proc: String
    private let isCommand: Bool
    /// Mounts seldom change, and a host with many containers has megabytes of them.
    private var mountOption: String??
    /// Whether process 1 may be inspected, and when that was tried.
    private var answer: (time: UInt64, isYes: Bool)?
    private var newest = ObservationScope(ScopeFacts())

    private static let patience: UInt64 = 600_000_000_000

    /// - Parameter isCommand: whether a person runs this program.
    init(proc: String = "/proc", isCommand: Bool = false) {
        self.proc = proc
        self.isCommand = isCommand
    }

    /// The limits at this moment; those that were read last for want of descriptors, which says nothing of them.
    mutating func read() -> ObservationScope {
        var next = self
        if let scope = Shortage.absent(during: { ObservationScope(next.readFacts()) }) {
            self = next
            newest = scope
        }
        return newest
    }

    private mutating func readFacts() -> ScopeFacts {
        var facts = ScopeFacts()
        facts.rights = .ofThisProcess(proc: proc)
        facts.hasUserNamespace = isOther("user", than: Initial.user)
        facts.hasPIDNamespace = isOther("pid", than: Initial.pid)
        facts.place = Self.place(
            // A command runs in the cgroup of whatever started it, such as cron.service, which no setup would help.
            cgroup: isCommand ? nil : try? ProcFile.read("\(proc)/self/cgroup", atMost: 1 << 16),
            isContainer: facts.hasPIDNamespace
        )
        facts.users = (try? ProcFile.read("\(proc)/self/uid_map", atMost: 1 << 16)).flatMap(Self.users) ?? .max
        facts.hasStatistics = FileIdentity(path: "\(proc)/stat") != nil
        // The first process of a container has no other before it.
        guard (try? SymbolicLink.target(of: "\(proc)/self")) != "1" else { return facts }
        facts.showsInit = isShown("\(proc)/1/stat")
        facts.readsInit = facts.rights.mayTrace && readsInit(orThreads: !facts.hasPIDNamespace)
        if !facts.showsInit {
            let option = mountOption ?? Self.hidepid((try? ProcFile.read("\(proc)/self/mountinfo")) ?? [], of: proc)
            mountOption = option
            facts.hidepid = option
        }
        return facts
    }

    /// The newest answer is used for some minutes: a security module may log each denial.
    ///
    /// - Parameter orThreads: whether process 2 is kthreadd, as where the system was booted: rest_init in init/main.c. An init
    ///   may be more protected than other processes, which says nothing of them; a security module denies both.
    private mutating func readsInit(orThreads: Bool) -> Bool {
        let now = KernelClock.monotonic()
        if let answer, now - answer.time < Self.patience { return answer.isYes }
        let witnesses = orThreads ? [1, 2] : [1]
        var isDenied = false
        for witness in witnesses {
            do throws(SystemError) {
                _ = try SymbolicLink.target(of: "\(proc)/\(witness)/ns/user")
                answer = (now, true)
                return true
            } catch {
                isDenied = isDenied || error.isDenial || error.code == ENOENT
            }
        }
        // Any other error, such as a lack of memory, says nothing of these processes.
        guard isDenied else { return answer?.isYes ?? true }
        answer = (now, false)
        return false
    }

    /// Whether a file that everybody may read is there: hidepid makes it invisible, or denies it (proc(5)). Any other error,
    /// such as a lack of descriptors, says nothing of the file.
    private func isShown(_ path: String) -> Bool {
        do throws(SystemError) {
            _ = try ProcFile.read(path, atMost: 1 << 16)
            return true
        } catch {
            return error.code != ENOENT && !error.isDenial
        }
    }

    private func isOther(_ kind: String, than initial: String) -> Bool {
        // Unknown is no limit: a kernel may be built without these namespaces.
        (try? SymbolicLink.target(of: "\(proc)/self/ns/\(kind)")).map { $0 != initial } ?? false
    }

    /// The number of users in /proc/PID/uid_map, whose lines are "INSIDE OUTSIDE LENGTH".
    static func users(parsing map: [UInt8]) -> UInt64? {
        var sum: UInt64 = 0
        for line in map.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "))
            guard fields.count == 3, let length = UInt64(String(decoding: fields[2], as: UTF8.self)) else { return nil }
            sum += min(length, UInt64(UInt32.max))
        }
        return sum
    }

    /// The option hidepid of the mount at `path`; nil if it has none. The last mount at a path covers those before it.
    ///
    /// - Parameter mounts: /proc/PID/mountinfo, proc_pid_mountinfo(5): the fifth field is the place, and the options of the
    ///   file system are the last field of the line.
    static func hidepid(_ mounts: [UInt8], of path: String) -> String? {
        let lines = mounts.split(separator: UInt8(ascii: "\n")).map { $0.split(separator: UInt8(ascii: " ")) }
        guard let mount = lines.last(where: { $0.count > 6 && $0[4].elementsEqual(path.utf8) }) else { return nil }
        let options = String(decoding: mount[mount.count - 1], as: UTF8.self).split(separator: ",")
        return options.first { $0.hasPrefix("hidepid=") }.map { String($0.dropFirst("hidepid=".count)) }
    }

    /// Where this process runs, by its cgroup: systemd gives each service one of its own, whose path ends with the unit.
    /// Those of a user's own systemd are none of the system.
    static func place(cgroup: [UInt8]?, isContainer: Bool) -> ObservationScope.Place {
        for line in String(decoding: cgroup ?? [], as: UTF8.self).split(separator: "\n") {
            guard let path = line.split(separator: ":", maxSplits: 2).last, !path.contains("/user.slice/") else {
                continue
            }
            guard let name = path.split(separator: "/").last, name.hasSuffix(".service") else { continue }
            return .service(String(name))
        }
        return isContainer ? .container : .other
    }
}
