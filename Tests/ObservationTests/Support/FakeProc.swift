import Glibc
import Linux
import TestSupport

@testable import Observation

/// A tree like /proc whose files the test writes.
struct FakeProc: ~Copyable {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    var path: String { folder.path }

    private static let copied = ["auxv", "cgroup", "cmdline", "comm", "maps", "stat"]

    /// A process like a real one, with its programs and libraries.
    func add(_ pid: pid_t) throws {
        guard unsafe mkdir("\(path)/\(pid)", 0o700) == 0 else { throw SystemError("mkdir") }
        for file in Self.copied { try copy(file, of: pid) }
        for name in ["exe", "root"] {
            guard unsafe symlink("/proc/\(pid)/\(name)", "\(path)/\(pid)/\(name)") == 0 else {
                throw SystemError("symlink")
            }
        }
    }

    /// A process without files.
    func addEmpty() throws -> pid_t {
        let pid = try NumberedDirectory.read(path).map(\.number).max().map { $0 + 1 } ?? 1000
        guard unsafe mkdir("\(path)/\(pid)", 0o700) == 0 else { throw SystemError("mkdir") }
        return pid
    }

    func copy(_ file: String, of pid: pid_t) throws {
        try write(try ProcFile.read("/proc/\(pid)/\(file)"), to: "\(pid)/\(file)")
    }

    /// Sets the threads of a process, with the nanoseconds that each has waited on a run queue.
    func setThreads(_ threads: [pid_t: Int], of pid: pid_t) throws {
        let tasks = "\(path)/\(pid)/task"
        for thread in (try? NumberedDirectory.read(tasks)) ?? [] where threads[thread.number] == nil {
            _ = unsafe unlink("\(tasks)/\(thread.number)/schedstat")
            _ = unsafe rmdir("\(tasks)/\(thread.number)")
        }
        _ = unsafe mkdir(tasks, 0o700)
        for (thread, wait) in threads {
            _ = unsafe mkdir("\(tasks)/\(thread)", 0o700)
            try write("1000 \(wait) 5\n", to: "\(pid)/task/\(thread)/schedstat")
        }
    }

    func writeStat(of pid: pid_t, parent: pid_t, startTicks: Int) throws {
        // Fields 5 to 21, startTicks and two more: proc_pid_stat(5).
        let before = [String](repeating: "1", count: 17).joined(separator: " ")
        try write("\(pid) (x) S \(parent) \(before) \(startTicks) 1 1\n", to: "\(pid)/stat")
    }

    func write(_ text: String, to file: String) throws { try folder.write(text, to: file) }

    func write(_ bytes: [UInt8], to file: String) throws { try folder.write(bytes, to: file) }

    /// Makes opening a file block until it is unblocked: fifo(7).
    func block(_ file: String, of pid: pid_t) throws {
        try remove(file, of: pid)
        guard unsafe mkfifo("\(path)/\(pid)/\(file)", 0o600) == 0 else { throw SystemError("mkfifo") }
    }

    /// Lets the threads continue that wait for the file. They find it empty.
    func unblock(_ file: String, of pid: pid_t) throws {
        let descriptor = unsafe open("\(path)/\(pid)/\(file)", O_WRONLY)
        guard descriptor >= 0 else { throw SystemError("open") }
        close(descriptor)
        try remove(file, of: pid)
    }

    /// Makes a link of /proc lead elsewhere.
    func link(_ file: String, of pid: pid_t, to target: String) throws {
        _ = unsafe unlink("\(path)/\(pid)/\(file)")
        guard unsafe symlink(target, "\(path)/\(pid)/\(file)") == 0 else { throw SystemError("symlink") }
    }

    func remove(_ file: String, of pid: pid_t) throws {
        guard unsafe unlink("\(path)/\(pid)/\(file)") == 0 else { throw SystemError("unlink") }
    }

    func remove(_ pid: pid_t) throws {
        try setThreads([:], of: pid)
        _ = unsafe rmdir("\(path)/\(pid)/task")
        for file in Self.copied + ["exe", "root", "status"] { _ = unsafe unlink("\(path)/\(pid)/\(file)") }
        guard unsafe rmdir("\(path)/\(pid)") == 0 else { throw SystemError("rmdir") }
    }
}
