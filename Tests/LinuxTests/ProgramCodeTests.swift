import Glibc
import Testing

@testable import Linux

struct ProgramCodeTests {
    @Test func `code that was unmapped is no longer resident, and is mapped again where it runs`() throws {
        let before = try Self.residentFilePages()
        ProgramCode.unmap()
        #expect(try Self.residentFilePages() < before)
    }

    @Test func `only what shows nothing but a file is unmapped`() {
        let entries = [
            // Constants, code, relocated addresses, data, code with a breakpoint, a shared file, and memory without a file.
            ("1000-2000 r--p 00000000 08:01 42   /usr/bin/program", 0),
            ("2000-5000 r-xp 00001000 08:01 42   /usr/bin/program", 0),
            ("5000-6000 r--p 00004000 08:01 42   /usr/bin/program", 4),
            ("6000-7000 rw-p 00005000 08:01 42   /usr/bin/program", 0),
            ("7000-8000 r-xp 00000000 08:01 43   /usr/lib/a b.so", 4),
            ("8000-9000 r--s 00000000 08:01 44   /usr/lib/cache", 0),
            ("9000-a000 r-xp 00000000 00:00 0    [vdso]", 0),
        ]
        let text = entries.map { "\($0)\nRss:           4 kB\nAnonymous:     \($1) kB\nVmFlags: rd mr\n" }.joined()
        #expect(ProgramCode.ranges(parsing: Array(text.utf8)) == [0x1000..<0x2000, 0x2000..<0x5000])
        #expect(ProgramCode.ranges(parsing: Array("1-2\nAnonymous: 0 kB\n5000-2000 r-xp 0 0 1 /\n".utf8)).isEmpty)
        ProgramCode.unmap(smaps: "/nonexistent")
    }

    /// The third field of proc_pid_statm(5).
    private static func residentFilePages() throws -> UInt64 {
        let fields = String(decoding: try ProcFile.read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
        return try #require(UInt64(fields[2]))
    }
}
