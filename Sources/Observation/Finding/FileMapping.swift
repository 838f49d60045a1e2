/// A range of a process's memory that shows a file: a line of /proc/PID/maps, proc_pid_maps(5).
struct FileMapping: Sendable, Equatable {
    let start: UInt64
    let end: UInt64
    let isExecutable: Bool
    let offset: UInt64
    let device: UInt64
    let inode: UInt64
    /// Without the mark of a file that is deleted.
    let path: String

    /// Whose code a process runs: all that is executable and shows a file, and what is called as Python is. An emulator
    /// maps a program for other processors as data. Other lines, most of them, are skipped.
    static func programs(parsing maps: [UInt8]) -> [FileMapping] {
        maps.split(separator: UInt8(ascii: "\n")).compactMap { line in
            isExecutable(line) || isNamedAsPython(line) ? FileMapping(parsing: line) : nil
        }
    }

    /// Behind the last slash. The text need not be valid: whether it is Python is decided elsewhere.
    private static func isNamedAsPython(_ line: ArraySlice<UInt8>) -> Bool {
        guard let slash = line.lastIndex(of: UInt8(ascii: "/")) else { return false }
        let name = line[(slash + 1)...]
        return name.starts(with: "python".utf8) || name.starts(with: "libpython".utf8)
    }

    /// Behind the addresses come "r", "w" and "x", or "-" in place of each.
    private static func isExecutable(_ line: ArraySlice<UInt8>) -> Bool {
        line.drop { $0 != UInt8(ascii: " ") }.dropFirst(3).first == UInt8(ascii: "x")
    }

    /// "START-END PERMISSIONS OFFSET MAJOR:MINOR INODE   PATH"; nil where it shows no file.
    init?(parsing line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
        guard fields.count == 6, fields[1].count == 4 else { return nil }
        isExecutable = Self.isExecutable(line)
        let ends = fields[0].split(separator: UInt8(ascii: "-"))
        let numbers = fields[3].split(separator: UInt8(ascii: ":"))
        guard ends.count == 2, numbers.count == 2, let start = UInt64(hexadecimal: ends[0]),
            let end = UInt64(hexadecimal: ends[1]), start < end, let offset = UInt64(hexadecimal: fields[2]),
            let major = UInt64(hexadecimal: numbers[0]), let minor = UInt64(hexadecimal: numbers[1]),
            let inode = UInt64(String(decoding: fields[4], as: UTF8.self)), inode > 0
        else { return nil }
        self.start = start
        self.end = end
        self.offset = offset
        device = Self.device(major: major, minor: minor)
        self.inode = inode
        path = Self.path(fields[5])
    }

    var size: UInt64 { end - start }
    var file: File { File(device: device, inode: inode) }

    /// The file that is shown, as the kernel numbers it.
    struct File: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    var name: Substring { path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...] }

    /// As makedev(3) puts it together, which is how stat(2) tells it.
    private static func device(major: UInt64, minor: UInt64) -> UInt64 {
        (major & 0xfff) << 8 | (major & ~0xfff) << 32 | minor & 0xff | (minor & ~0xff) << 12
    }

    /// The kernel writes a line feed in a path as "\012" and nothing else so (fs/proc/task_mmu.c, show_map_vma).
    private static func path(_ field: ArraySlice<UInt8>) -> String {
        let text = String(decoding: field.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
        let deleted = " (deleted)"
        let path = text.hasSuffix(deleted) ? String(text.dropLast(deleted.count)) : text
        guard field.contains(UInt8(ascii: "\\")) else { return path }
        return path.split(separator: "\\012", omittingEmptySubsequences: false).joined(separator: "\n")
    }
}

extension UInt64 {
    fileprivate init?(hexadecimal digits: ArraySlice<UInt8>) {
        self.init(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
