import Glibc
import Linux
import TestSupport

@testable import Observation

extension FuzzTarget {
    /// A process, from the files that it has in /proc to the name of its group. Each file is its number, a length of two
    /// bytes, and its content.
    static let process = FuzzTarget("process", maxLength: 8192, testExecutions: 200) { input in
        tree.clear()
        while !input.isEmpty {
            let file = input.choice(ProcTree.files)
            try tree.write(input.bytes(Int(input.number(UInt16.self))), to: file)
        }
        let files = ProcessFiles(proc: tree.path, pid: ProcTree.pid)
        _ = (files.stat(), files.userID(), files.isProcess, try? files.programMark(), try? files.mappings())
        let attributes = grouping.attributes(of: files)
        for attribute in GroupRule.Attribute.allCases { _ = attributes.value(of: attribute) }
        let proposal = grouping.proposal(for: attributes)
        if let name = proposal.name {
            try require(!name.isEmpty && name.unicodeScalars.count <= 400, "a group has a short name")
            try require(!name.utf8.contains { $0 < 32 }, "a group's name has no control characters: \(name)")
        }
        _ = Grouping.proposalInSilence(for: grouping.attributes(of: files))
        _ = grouping.mark(of: grouping.attributes(of: files))
        var account = ProcessAccount(files)
        var allowance = 10
        for _ in 0..<2 {
            guard let usage = account.usage(threads: &allowance, cpu: nil) else { break }
            try require(usage.user >= .zero && usage.system >= .zero, "times are not negative")
            try require(usage.runQueue ?? .zero >= .zero, "waits are not negative")
        }
        _ = ThreadProgress(of: ProcTree.pid, in: files.directory)
        _ = ObservationRights.ofThisProcess(proc: tree.path)
        var scope = ScopeReader(proc: tree.path)
        _ = scope.read()
    }

    private static let tree: ProcTree = {
        do { return try ProcTree() } catch { fatalError("no tree like /proc: \(error)") }
    }()

    private static let grouping: Grouping = {
        var settings = ObservationSettings()
        settings.kubernetes.podLogs = tree.path + "/pods"
        let expressions: [(GroupRule.Attribute, String)] = [
            (.commandLine, #"(\w+)\.py"#), (.unit, "^(shop|web)"), (.cgroup, "/(.+)$"), (.program, "(?<end>.)$"),
        ]
        settings.groups = expressions.compactMap { attribute, text in
            guard let expression = try? RegularExpression(text), let name = GroupTemplate("$1 ${end}${user}") else {
                return nil
            }
            return GroupRule(name: name, patterns: [.init(attribute, expression)])
        }
        return Grouping(settings)
    }()
}

/// A tree like /proc with one process.
private final class ProcTree: Sendable {
    static let pid: Int32 = 7
    /// Below the tree.
    static let files = [
        "7/stat", "7/status", "7/comm", "7/cmdline", "7/cgroup", "7/maps", "7/auxv", "7/task/7/schedstat",
        "7/task/7/stat",
        "self/status", "self/uid_map", "self/cgroup", "self/mountinfo", "1/stat", "sys/kernel/yama/ptrace_scope",
        "stat",
    ]

    private let folder: TemporaryFolder
    var path: String { folder.path }

    init() throws {
        folder = try TemporaryFolder(in: "/dev/shm")
        for file in Self.files { try folder.write("", to: file) }
        try folder.link("7/exe", to: "/usr/bin/python3.11")
        clear()
    }

    func clear() { for file in Self.files { _ = unsafe unlink(folder.file(file)) } }

    func write(_ bytes: [UInt8], to file: String) throws {
        let descriptor = unsafe creat(folder.file(file), 0o600)
        guard descriptor >= 0 else { throw SystemError("create \(file)") }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemError("write \(file)")
        }
    }
}
