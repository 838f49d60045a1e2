import Glibc
import Linux

/// The attributes of a process that rules match, and its program. Each is read once, when it is needed: looking up the
/// user's name may take a query over the network, nsswitch.conf(5).
final class ProcessAttributes {
    private let files: ProcessFiles
    private let pods: PodNames?
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

    private lazy var podNames = findPodNames()

    /// - Parameter pods: names the pods; nil: they have no names.
    init(_ files: ProcessFiles, pods: PodNames? = nil) {
        self.files = files
        self.pods = pods
    }

    func value(of attribute: GroupRule.Attribute) -> String? {
        switch attribute {
        case .commandLine: commandLineText
        case .program: file ?? name
        case .unit: membership?.unit
        case .cgroup: membership?.path
        case .user: user
        case .container: membership?.container?.id
        case .namespace: identity?.namespace.nonEmpty
        case .pod: identity?.pod.nonEmpty
        case .containerName: identity?.container.nonEmpty
        case .podUID: identity?.podUID.nonEmpty
        }
    }

    /// The container, with the names of its pod; nil outside of containers.
    private(set) lazy var identity: GroupIdentity? = membership?.container.map { container in
        guard case .names(let names) = podNames else { return GroupIdentity(container) }
        return GroupIdentity(container, names)
    }

    /// Whether the names of the process's pod are about to be known.
    var isOfUnnamedPod: Bool { podNames == .later }

    private func findPodNames() -> PodNames.Answer {
        guard let pods, let container = membership?.container else { return .names(PodNames.Names()) }
        return pods.names(of: container, files, now: KernelClock.monotonic())
    }

    /// The container, with names that need no file.
    var identityInSilence: GroupIdentity? {
        membership?.container.map { GroupIdentity($0, pods?.known(of: $0) ?? PodNames.Names()) }
    }

    /// The user who may have chosen the name of the pod; nil if it was the host's kubelet.
    var podOwner: UInt32? { membership?.container?.isOfHost == true ? nil : userID }

    /// The name of the group without any rule, outside of pods: the systemd service, else what the interpreter runs.
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
        let parent = ProcessAttributes(ProcessFiles(proc: files.proc, pid: own.parent), pods: pods)
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
        let error = unsafe getpwuid_r(id, &entry, &buffer, buffer.count, &found)
        Shortage.note(error)
        guard error == 0, unsafe found != nil, let name = unsafe entry.pw_name else { return "\(id)" }
        return unsafe String(cString: name)
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
