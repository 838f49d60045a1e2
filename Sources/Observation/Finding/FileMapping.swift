/// A range of a process's memory that shows a file: a line of /proc/PID/maps, proc_pid_maps(5).
struct FileMapping: Sendable, Equatable {
    let start: UInt64
    let end: UInt64
    let isExecutable: Bool
    let offset: UInt64
    let device: UInt64
    let inode: UInt64
    /// Without the kernel's mark of a deleted file.
    let path: String

    /// The mappings that may contain an interpreter: executable mappings of files, and mappings of files that are named
    /// as Python is, because an emulator maps a program for another architecture as data. Most lines are neither.
    static func programs(parsing maps: [UInt8]) -> [FileMapping] {
        maps.split(separator: UInt8(ascii: "\n")).compactMap { line in
            isExecutable(line) || isNamedAsPython(line) ? FileMapping(parsing: line) : nil
        }
    }

    /// Looks at the bytes behind the last slash. InterpreterDetector decides whether the file really is Python.
    private static func isNamedAsPython(_ line: ArraySlice<UInt8>) -> Bool {
        guard let slash = line.lastIndex(of: UInt8(ascii: "/")) else { return false }
        let name = line[(slash + 1)...]
        return name.starts(with: "python".utf8) || name.starts(with: "libpython".utf8)
    }

    /// The addresses are followed by "r", "w" and "x", each replaced by "-" if not permitted.
    private static func isExecutable(_ line: ArraySlice<UInt8>) -> Bool {
        line.drop { $0 != UInt8(ascii: " ") }.dropFirst(3).first == UInt8(ascii: "x")
    }

    /// Parses "START-END PERMISSIONS OFFSET MAJOR:MINOR INODE   PATH"; nil if the mapping shows no file.
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

    /// The mapped file, as the kernel numbers it.
    struct File: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    var name: Substring { path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...] }

    /// The number that makedev(3) makes of both, which is how stat(2) reports a device.
    private static func device(major: UInt64, minor: UInt64) -> UInt64 {
        (major & 0xfff) << 8 | (major & ~0xfff) << 32 | minor & 0xff | (minor & ~0xff) << 12
    }

    /// The kernel writes a line feed in a path as "\012" and escapes nothing else (fs/proc/task_mmu.c,
    /// show_map_vma).
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
