import Linux

/// What /proc tells of one process, where somebody else's processes may keep most of it to themselves.
struct ProcessFiles {
    let proc: String
    let pid: Int32

    var directory: String { "\(proc)/\(pid)" }

    /// What tells one program that the process runs from the next: the auxiliary vector, which has the addresses of the
    /// program, its interpreter and its random bytes (getauxval(3)). The start time stays the same over execve(2).
    /// Nil where the kernel does not let us look.
    func programMark() -> Int? {
        // Some 20 pairs of words.
        guard let vector = ProcFile.record("\(directory)/auxv", atMost: 4096) else { return nil }
        var hasher = Hasher()
        unsafe vector.withUnsafeBytes { bytes in unsafe hasher.combine(bytes: bytes) }
        return hasher.finalize()
    }

    func mappings() throws(SystemError) -> [FileMapping] {
        FileMapping.programs(parsing: try ProcFile.read("\(directory)/maps", atMost: Self.longestMaps))
    }

    func stat() -> ProcessStat? {
        // 52 numbers and a name of 64 bytes at most, as a kernel thread may have.
        ProcFile.record("\(directory)/stat", atMost: 2048).flatMap(ProcessStat.init(parsing:))
    }

    /// The name of the main thread, which a program may change: proc_pid_comm(5). Everybody may read it.
    func name() -> String? {
        (try? ProcFile.read("\(directory)/comm", atMost: 4096)).map { bytes in
            String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
    }

    /// The beginning of the command line, with blanks between the words. Everybody may read it.
    func commandLine() -> String? {
        guard let bytes = ProcFile.beginning("\(directory)/cmdline", atMost: Self.longestCommandLine) else {
            return nil
        }
        let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end].map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }

    func cgroup() -> [UInt8]? { try? ProcFile.read("\(directory)/cgroup", atMost: 1 << 16) }

    /// The path of the program's file; nil where the kernel does not let us look. The file itself is not asked for.
    func programPath() -> String? {
        guard let path = try? SymbolicLink.target(of: "\(directory)/exe") else { return nil }
        let deleted = " (deleted)"
        return path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
    }

    /// Base name of the program's file.
    func programName() -> String? { programPath()?.split(separator: "/").last.map(String.init) }

    /// The user whom the kernel shows as the owner of its directory: root for a process that may not be dumped,
    /// proc_pid(5). Blocks for nothing.
    func owner() -> UInt32? {
        FileIdentity(path: directory)?.owner
    }

    /// The user that it belongs to: the first of "Uid:\tREAL\tEFFECTIVE…" in proc_pid_status(5).
    func userID() -> UInt32? {
        guard let status = try? ProcFile.read("\(directory)/status", atMost: 1 << 16) else { return nil }
        let line = status.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "Uid:".utf8) }
        let fields = line?.split(separator: UInt8(ascii: "\t"))
        return fields.flatMap { $0.count > 2 ? UInt32(String(decoding: $0[1], as: UTF8.self)) : nil }
    }

    /// A line of maps has some 100 bytes, so these are 300,000 mappings: five times what vm.max_map_count allows unless
    /// it is raised (proc_sys_vm(5)). What is looked for may stand at the end.
    static let longestMaps = 32 << 20
    /// It may be megabytes long (ARG_MAX, execve(2)); what tells programs apart comes early.
    static let longestCommandLine = 1024
}
