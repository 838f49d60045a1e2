import Glibc
import Linux

/// The files of one process in /proc. The kernel denies many of them for processes of other users.
struct ProcessFiles {
    let proc: String
    let pid: Int32

    var directory: String { "\(proc)/\(pid)" }

    /// A mark that changes with execve(2): a hash of the auxiliary vector, which contains the addresses of the program, its
    /// interpreter and its random bytes (getauxval(3)). The start time stays the same over execve(2).
    ///
    /// - Returns: nil if the kernel denies it.
    /// - Throws: ``SystemError/isShortage``.
    func programMark() throws(SystemError) -> Int? {
        // The vector has some 20 pairs of words.
        guard let vector = try ProcFile.answer("\(directory)/auxv", atMost: 4096) else { return nil }
        var hasher = Hasher()
        unsafe vector.withUnsafeBytes { bytes in unsafe hasher.combine(bytes: bytes) }
        return hasher.finalize()
    }

    /// Nanoseconds of CPU that the process has used. If they have not changed by the next look, none of its threads had run
    /// before this one, so the process has changed nothing of its own. Nil if unknown, as in a tree that is not the kernel's.
    func cpuTime() -> UInt64? { proc == "/proc" ? KernelClock.cpu(ofProcess: pid) : nil }

    func mappings() throws(SystemError) -> [FileMapping] {
        FileMapping.programs(parsing: try ProcFile.read("\(directory)/maps", atMost: Self.maxMapsBytes))
    }

    func stat() -> ProcessStat? { (try? currentStat()) ?? nil }

    /// - Returns: nil if there is no such process.
    /// - Throws: ``SystemError/isShortage``.
    func currentStat() throws(SystemError) -> ProcessStat? {
        // 52 numbers, and a name of at most 64 bytes (a kernel thread's).
        try ProcFile.answer("\(directory)/stat", atMost: 2048).flatMap(ProcessStat.init(parsing:))
    }

    var identity: ProcessIdentity? { stat().map { ProcessIdentity(pid: pid, startTime: $0.startTicks) } }

    /// The name of the main thread, which the program may change: proc_pid_comm(5). Every user may read it.
    func name() -> String? { Self.name(in: directory) }

    /// - Parameter directory: of a process, or of one of its threads.
    static func name(in directory: String) -> String? {
        (try? ProcFile.read("\(directory)/comm", atMost: 4096)).map { bytes in
            String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
    }

    /// The beginning of the command line: its words, each with a zero behind it. Every user may read it.
    func commandLineBytes() -> [UInt8]? {
        guard let bytes = ProcFile.beginning("\(directory)/cmdline", atMost: Self.maxCommandLineBytes) else {
            return nil
        }
        // A program that sets a shorter title leaves zeros.
        let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        return Array(bytes[..<end])
    }

    /// The beginning of the command line, with blanks between the words.
    func commandLine() -> String? { commandLineBytes().map(Self.joined) }

    /// The words of a command line, separated by blanks.
    static func joined(_ commandLine: [UInt8]) -> String {
        String(decoding: commandLine.map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    static func words(of commandLine: [UInt8]) -> [String] {
        commandLine.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    func cgroup() -> [UInt8]? { try? ProcFile.read("\(directory)/cgroup", atMost: 1 << 16) }

    /// The path of the program's file; nil if the kernel denies it. The file itself is not accessed.
    func programPath() -> String? {
        guard let path = try? SymbolicLink.target(of: "\(directory)/exe") else { return nil }
        let deleted = " (deleted)"
        return path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
    }

    /// Whether the number is a process's. The directory of a thread is not listed in /proc, but can be opened: proc_pid(5).
    var isProcess: Bool { Self.statusFields("Tgid:", in: directory).first == String(pid) }

    /// The base name of the program's file.
    func programName() -> String? { programPath()?.split(separator: "/").last.map(String.init) }

    /// The owner of the process's directory, which the kernel sets to root for a process that may not be dumped:
    /// proc_pid(5). Never blocks.
    func owner() -> UInt32? { FileIdentity(path: directory)?.owner }

    /// The real user of the process: the first of "Uid:\tREAL\tEFFECTIVE…" in proc_pid_status(5).
    func userID() -> UInt32? {
        let fields = Self.statusFields("Uid:", in: directory)
        return fields.count > 1 ? UInt32(fields[0]) : nil
    }

    /// The fields behind `key` in the status file of a process or thread, which tabs separate: proc_pid_status(5).
    static func statusFields(_ key: String, in directory: String) -> [String] {
        let status = (try? ProcFile.read("\(directory)/status", atMost: 1 << 16)) ?? []
        let line = status.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: key.utf8) }
        let fields = line?.dropFirst(key.utf8.count).split(separator: UInt8(ascii: "\t")) ?? []
        return fields.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A line of maps has some 100 bytes, so this is 300,000 mappings: five times the default of vm.max_map_count
    /// (proc_sys_vm(5)). The interpreter may be at the end.
    static let maxMapsBytes = 32 << 20
    /// A command line may have megabytes (ARG_MAX, execve(2)), but its beginning identifies the program.
    static let maxCommandLineBytes = 4096
}

/// The kernel's current answer for a process number: proc_pid_stat(5).
struct KernelRecord: Sendable {
    var identity: ProcessIdentity
    var threads: Int
    /// Nil if unknown.
    var cpu: CPUTime?

    init(_ identity: ProcessIdentity, threads: Int, cpu: CPUTime? = nil) {
        self.identity = identity
        self.threads = threads
        self.cpu = cpu
    }

    /// - Returns: nil if no process has the number.
    /// - Throws: ``SystemError/isShortage``.
    init?(of pid: Int32) throws(SystemError) {
        guard let stat = try ProcessFiles(proc: "/proc", pid: pid).currentStat() else { return nil }
        self.init(
            ProcessIdentity(pid: pid, startTime: stat.startTicks),
            threads: Int(clamping: stat.threads),
            cpu: CPUTime(user: ClockTicks.duration(stat.userTicks), system: ClockTicks.duration(stat.systemTicks))
        )
    }
}

extension ProcessIdentity {
    /// The process that has the number `pid` now; nil if there is none.
    init?(of pid: Int32) {
        guard let record = try? KernelRecord(of: pid) else { return nil }
        self = record.identity
    }
}

/// The entries of /proc or /proc/PID/task that have a number for a name: the processes of the host, or the threads of a
/// process.
enum NumberedDirectory {
    struct Entry: Hashable {
        let number: Int32
        /// The kernel makes a new inode for a new process or thread (fs/proc/base.c, proc_pid_instantiate and
        /// proc_task_instantiate), so a reused number is recognised without opening a file.
        let inode: UInt64
    }

    static func read(_ path: String) throws(SystemError) -> [Entry] {
        guard let directory = unsafe opendir(path) else {
            let error = SystemError("open \(path)")
            Shortage.note(error.code)
            throw error
        }
        defer { unsafe closedir(directory) }
        var entries: [Entry] = []
        while true {
            // Only errno distinguishes an error from the end: readdir(3).
            errno = 0
            guard let entry = unsafe readdir(directory) else { break }
            let number = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe Self.number(Array(bytes.prefix { $0 != 0 }))
            }
            if let number { entries.append(Entry(number: number, inode: unsafe UInt64(entry.pointee.d_ino))) }
        }
        guard errno == 0 else { throw SystemError("read \(path)") }
        return entries
    }

    private static func number(_ name: [UInt8]) -> Int32? {
        guard let first = name.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first), name.count <= 10 else {
            return nil
        }
        return Int32(String(decoding: name, as: UTF8.self))
    }
}
