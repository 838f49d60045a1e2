import Glibc
import Linux
import Observation

/// The processes to watch, by number, name or service; all processes if none is given.
struct WatchTargets {
    private var pids: Set<Int32> = []
    private var names: [String] = []

    init(_ words: [String]) {
        for word in words {
            if let pid = Int32(word) { pids.insert(pid) } else { names.append(word) }
        }
    }

    /// The numbers, if only numbers are given.
    var onlyNumbers: Set<Int32>? { names.isEmpty && !pids.isEmpty ? pids : nil }

    var areNamed: Bool { !names.isEmpty || !pids.isEmpty }

    /// Whether a process is to be watched. A name matches the process's name, its service, or a file or module on its command line, by
    /// its name or the end of its path: "gunicorn", "manage.py", "/srv/site/manage.py".
    func include(_ pid: Int32, name: String, commandLine: String, service: String? = nil) -> Bool {
        if pids.isEmpty && names.isEmpty || pids.contains(pid) || names.contains(name) { return true }
        if let service, names.contains(service) { return true }
        let line = " \(commandLine) "
        return names.contains { line.contains(" \($0) ") || line.contains("/\($0) ") }
    }

    /// Error messages for requested processes that were not found or may not be read.
    ///
    /// - Parameters:
    ///   - scope: of this process.
    ///   - silent: processes whose files do not answer.
    func complaints(
        about found: [WatchedProcess],
        _ scope: ObservationScope,
        silent: Set<Int32> = []
    ) -> [String] {
        var complaints: [String] = []
        let hint = scope.visibility.map { "; \($0)" }.joined()
        for pid in pids.sorted() where !found.contains(where: { $0.pid == pid }) {
            complaints.append(complaint(aboutMissing: pid, isSilent: silent.contains(pid), scope, hint))
        }
        for name in names where !found.contains(where: { Self(only: name).matches($0) }) {
            complaints.append("no Python process or service is named '\(name)' or has it on its command line\(hint)")
        }
        if found.isEmpty && complaints.isEmpty {
            complaints.append(
                scope.excludesOthers
                    ? "this user can see no Python process here\(hint)"
                    : "no Python process runs here\(hint)"
            )
        }
        let denied = found.filter { $0.activity == .failure(.permission) }.count
        if denied > 0 {
            complaints.append("\(denied) of the processes may not be read: \(scope.explanation)")
        }
        return complaints
    }

    private func complaint(aboutMissing pid: Int32, isSilent: Bool, _ scope: ObservationScope, _ hint: String)
        -> String
    {
        // Signal 0 is not sent. EPERM means that the process exists: kill(2).
        guard kill(pid, 0) == 0 || errno == EPERM else { return "no process \(pid)" }
        if isSilent { return "process \(pid) cannot be observed: \(Self.noAnswer)" }
        return scope.excludesOthers
            ? "process \(pid) runs no CPython that this user can see. If it does: \(scope.advice)"
            : "process \(pid) runs no CPython that can be found\(hint)"
    }

    /// Explains why requested processes show no numbers. `--json` has the reason in their documents.
    func explanations(of found: [WatchedProcess]) -> [String] {
        areNamed ? found.compactMap(Self.explanation) : []
    }

    /// Missing permission is a complaint instead, because it has a remedy.
    private static func explanation(about process: WatchedProcess) -> String? {
        let why: String
        switch process.activity {
        case .success, .failure(.permission), .failure(.libc): return nil
        case nil:
            why = "no sample could be taken: its interpreter is starting or ending, or its memory does not answer"
        case .failure(.version): why = "it does not run CPython 3.8 to 3.15"
        case .failure(.prerelease): why = "its CPython is an alpha, beta or release candidate"
        case .failure(.layout): why = "its memory does not contain a valid interpreter"
        case .failure(.impossible): why = "its locks account for more threads than it has"
        case .failure(.image): why = "its program or library file is gone or damaged, or its symbols were removed"
        case .failure(.unresponsive): why = noAnswer
        case .failure(.limit): why = "finding its interpreter would exceed the limit for one process"
        case .failure(.architecture): why = "it is for another architecture or word size"
        case .failure(.syscall): why = "\(ProcessMemoryError.refused)"
        }
        return "process \(process.pid) cannot be observed: \(why)"
    }

    private static let noAnswer =
        "its files or its memory do not answer: a network file system or FUSE server may be down"

    private init(only name: String) { names = [name] }

    private func matches(_ process: WatchedProcess) -> Bool {
        include(process.pid, name: process.name, commandLine: process.commandLine, service: process.service)
    }
}
