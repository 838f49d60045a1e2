import ArgumentParser
import Glibc
import Linux
import Observation

/// The processes that a person wants to watch, by number or by name; all when there are none.
struct WatchTargets {
    private var pids: Set<Int32> = []
    private var names: [String] = []

    init(_ words: [String]) {
        for word in words {
            if let pid = Int32(word) { pids.insert(pid) } else { names.append(word) }
        }
    }

    /// Nil where a name may be that of any process.
    var onlyNumbers: Set<Int32>? { names.isEmpty && !pids.isEmpty ? pids : nil }

    var areNamed: Bool { !names.isEmpty || !pids.isEmpty }

    /// A name is that of the process, or that of a file or module on its command line: "gunicorn", "manage.py".
    func include(_ pid: Int32, name: String, commandLine: String) -> Bool {
        if pids.isEmpty && names.isEmpty || pids.contains(pid) || names.contains(name) { return true }
        return commandLine.split(separator: " ").contains { word in
            word.split(separator: "/").last.map { names.contains(String($0)) } ?? false
        }
    }

    /// What is to be said when nothing, or not all, was found or can be observed.
    ///
    /// - Parameters:
    ///   - rights: of this process.
    ///   - seesOthers: whether the kernel shows the processes of other users at all.
    func complaints(about found: [WatchedProcess], _ rights: ObservationRights, seesOthers: Bool = true) -> [String] {
        var complaints: [String] = []
        let hint =
            seesOthers ? "" : "; /proc hides the processes of other users here (hidepid of proc(5), or a container)"
        for pid in pids.sorted() where !found.contains(where: { $0.pid == pid }) {
            // Signal 0 is none: kill(2). Whoever may not send it to a process knows that it exists.
            let exists = kill(pid, 0) == 0 || errno == EPERM
            complaints.append(
                !exists
                    ? "there is no process \(pid)"
                    : rights.mayTrace
                        ? "process \(pid) runs no CPython that can be found\(hint)"
                        : "process \(pid) runs no CPython that this user can see; if it does, try as root"
            )
        }
        for name in names where !found.contains(where: { Self(only: name).matches($0) }) {
            complaints.append("no Python process is called '\(name)', nor has it on its command line\(hint)")
        }
        if found.isEmpty && complaints.isEmpty {
            complaints.append(
                rights.mayTrace
                    ? "no Python process runs here\(hint)"
                    : "no Python process runs here, as far as this user can see\(hint)"
            )
        }
        let denied = found.filter { $0.activity == .failure(.permission) }.count
        if denied > 0 {
            complaints.append("\(denied) of the processes may not be read by this user: \(rights.remedy)")
        }
        return complaints
    }

    /// Why processes that were asked for show no numbers. `--json` says the same in their documents.
    func explanations(of found: [WatchedProcess]) -> [String] {
        areNamed ? found.compactMap(Self.explanation) : []
    }

    /// Permission is another matter, as it can be given.
    private static func explanation(about process: WatchedProcess) -> String? {
        let why: String
        switch process.activity {
        case .success, .failure(.permission), .failure(.libc): return nil
        case nil: why = "no sample could be taken: its interpreter is starting or ending, or its memory does not answer"
        case .failure(.version): why = "it runs no CPython from 3.8 to 3.15"
        case .failure(.prerelease): why = "its CPython is an alpha, beta or release candidate"
        case .failure(.layout): why = "what stands in its memory is not what an interpreter keeps there"
        case .failure(.image): why = "the file of its program or library is gone, damaged, or has lost its symbols"
        case .failure(.unresponsive):
            why = "its files or its memory do not answer: a network file system or FUSE server may be down"
        case .failure(.limit): why = "to find its interpreter would cost more than one process may"
        case .failure(.architecture): why = "it is for other processors or of another word size"
        case .failure(.syscall): why = "\(ProcessMemoryError.refused)"
        }
        return "process \(process.pid) cannot be observed: \(why)"
    }

    private init(only name: String) { names = [name] }

    private func matches(_ process: WatchedProcess) -> Bool {
        include(process.pid, name: process.name, commandLine: process.commandLine)
    }
}
