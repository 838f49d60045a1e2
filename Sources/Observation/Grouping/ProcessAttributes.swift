import Glibc
import Linux

/// The attributes of a process that rules match, and its program. Each is read once, when it is needed: looking up the
/// user's name may take a query over the network, nsswitch.conf(5).
final class ProcessAttributes {
    private let files: ProcessFiles
    private lazy var membership = files.cgroup().flatMap(CgroupMembership.init(parsing:))
    private lazy var file = files.programName()
    private lazy var name = files.name()
    private lazy var commandLine = files.commandLineBytes()
    private lazy var commandLineText = commandLine.map(ProcessFiles.joined)
    private(set) lazy var userID = files.userID()
    private lazy var user = userID.map(Self.userName)
    private lazy var program = ProgramName(
        words: commandLine.map(ProcessFiles.words) ?? [],
        file: file,
        name: name
    )

    init(_ files: ProcessFiles) { self.files = files }

    func value(of attribute: GroupRule.Attribute) -> String? {
        switch attribute {
        case .commandLine: commandLineText
        case .program: file ?? name
        case .unit: membership?.unit
        case .cgroup: membership?.path
        case .user: user
        case .container: membership?.container
        }
    }

    /// The name of the group without any rule: the systemd service, else what the interpreter runs.
    var standardGroup: String {
        if let service = membership?.service { return service }
        switch program {
        case .known(let name): return name
        case .partOfAnother: return starter?.standardGroup ?? "multiprocessing"
        case nil: return "unknown"
        }
    }

    /// A name that needs no answer from the process: the systemd service, else the name of the program's file.
    var groupInSilence: String { membership?.service ?? file ?? name ?? "unknown" }

    /// Whether the process does a part of the work of the program that started it.
    var isPartOfAnother: Bool { program == .partOfAnother }

    /// The program that started the process to do a part of its work; nil for any other process, and once that program
    /// has ended, when the kernel names the process that adopted this one.
    private(set) lazy var starter: ProcessAttributes? = findStarter()

    /// A fork server starts processes, and is started itself. More levels than that are a loop, made by reused numbers.
    private static let maxDepth = 4
    private var depth = 0

    private func findStarter() -> ProcessAttributes? {
        guard isPartOfAnother, depth < Self.maxDepth, let own = files.stat(), own.parent > 0 else {
            return nil
        }
        let parent = ProcessAttributes(ProcessFiles(proc: files.proc, pid: own.parent))
        parent.depth = depth + 1
        // A process that has the number of one that ended started later. One that is not Python adopted this one.
        guard let stat = parent.files.stat(), stat.startTicks <= own.startTicks, parent.runsInterpreter else {
            return nil
        }
        return parent
    }

    private var runsInterpreter: Bool {
        let word = commandLine.flatMap { ProcessFiles.words(of: $0).first } ?? ""
        return file.map(ProgramName.isInterpreter)
            ?? (ProgramName.isInterpreter(ProgramName.baseName(word)) || ProgramName.isInterpreter(name ?? ""))
    }

    /// The user who chose that name. The administrator names system services, but the user names those of the user's own
    /// service manager (systemd.special(7), user.slice).
    var namingUser: UInt32? {
        guard let membership, membership.service != nil else { return userID }
        return membership.path.split(separator: "/").contains("user.slice") ? userID : nil
    }

    /// The name of a user, getpwuid_r(3); the number if the user has no name here, as in a container.
    private static func userName(_ id: UInt32) -> String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        // Longer than any known entry. The number stands for a longer one.
        var buffer = [CChar](repeating: 0, count: 16384)
        guard unsafe getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil,
            let name = unsafe entry.pw_name
        else { return "\(id)" }
        return unsafe String(cString: name)
    }
}

/// The cgroup of a process, with the systemd unit and the container that its path names: proc_pid_cgroup(5).
struct CgroupMembership: Equatable {
    let path: String
    /// The innermost service or scope; nil if the path has none.
    let unit: String?
    /// The container runtime's identifier; nil outside of containers.
    let container: String?

    /// Parses lines of "ID:CONTROLLERS:PATH". Of several hierarchies, systemd's own has the units, else the unified one.
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

    /// The name of the group without any rule. Scopes are not used: they are named after sessions, processes and containers,
    /// so each has another name.
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

    /// systemd prefixes names that are reserved for the kernel with an underscore (cg_escape).
    private static func unescaped(_ name: Substring) -> String { String(name.first == "_" ? name.dropFirst() : name) }
}
