import ArgumentParser
import Glibc
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

    /// A name is that of the process, or that of a file or module on its command line: "gunicorn", "manage.py".
    func include(_ pid: Int32, name: String, commandLine: String) -> Bool {
        if pids.isEmpty && names.isEmpty || pids.contains(pid) || names.contains(name) { return true }
        return commandLine.split(separator: " ").contains { word in
            word.split(separator: "/").last.map { names.contains(String($0)) } ?? false
        }
    }

    /// What is to be said when nothing, or not all, was found.
    func complaints(about found: [WatchedProcess]) -> [String] {
        var complaints: [String] = []
        for pid in pids.sorted() where !found.contains(where: { $0.pid == pid }) {
            // Signal 0 is none: kill(2). Whoever may not send it to a process knows that it exists.
            let exists = kill(pid, 0) == 0 || errno == EPERM
            complaints.append(
                exists
                    ? "process \(pid) runs no CPython that this user can see; if it does, try as root"
                    : "there is no process \(pid)"
            )
        }
        for name in names where !found.contains(where: { Self(only: name).matches($0) }) {
            complaints.append("no Python process is called '\(name)', nor has it on its command line")
        }
        if found.isEmpty && complaints.isEmpty {
            complaints.append("no Python process runs here, as far as this user can see")
        }
        let denied = found.filter { $0.activity == .failure(.permission) }.count
        if denied > 0 {
            complaints.append(
                "\(denied) of the processes may not be read by this user: run it as theirs, or with sudo, or give "
                    + "CAP_SYS_PTRACE"
            )
        }
        return complaints
    }

    private init(only name: String) { names = [name] }

    private func matches(_ process: WatchedProcess) -> Bool {
        include(process.pid, name: process.name, commandLine: process.commandLine)
    }
}
