/// One mount of this process's mount namespace: a line of /proc/self/mountinfo, proc_pid_mountinfo(5).
struct MountInfo: Sendable, Equatable {
    /// The directory of the mounted file system that is seen at the mount point.
    let root: String
    let mountPoint: String
    let type: String
    let superOptions: [String]

    /// "ID PARENT DEVICE ROOT MOUNT_POINT OPTIONS [OPTIONAL…] - TYPE SOURCE SUPER_OPTIONS"
    init?(parsing line: some Sequence<UInt8>) {
        let fields = Array(line).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let separator = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), separator >= 6,
            fields.count > separator + 3
        else { return nil }
        root = Self.unescaped(fields[3])
        mountPoint = Self.unescaped(fields[4])
        type = Self.unescaped(fields[separator + 1])
        superOptions = fields[separator + 3].split(separator: UInt8(ascii: ",")).map { Self.unescaped($0) }
    }

    /// Blanks, tabs, newlines and backslashes are written as a backslash and three octal digits (fs/seq_file.c,
    /// mangle_path).
    private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
