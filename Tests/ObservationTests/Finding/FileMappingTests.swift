import Testing

@testable import Observation

struct FileMappingTests {
    private static let maps = """
        00400000-00420000 r--p 00000000 fe:01 1048602                            /usr/bin/python3.11
        00420000-00703000 r-xp 00020000 fe:01 1048602                            /usr/bin/python3.11
        00b00000-00c00000 rw-p 00000000 00:00 0                                  [heap]
        7f4a2c000000-7f4a2c021000 rw-p 00000000 00:00 0
        7f4a30e28000-7f4a30f7d000 r-xp 00026000 103:02 1573478                   /opt/a b/lib\\012c.so.6 (deleted)
        7ffc6f5f2000-7ffc6f5f4000 r-xp 00000000 00:00 0                          [vdso]
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]

        """

    @Test func `only mappings of code from files are found`() throws {
        let mappings = FileMapping.programs(parsing: Array(Self.maps.utf8)).filter(\.isExecutable)
        #expect(mappings.map(\.inode) == [1_048_602, 1_573_478])
        let first = try #require(mappings.first)
        #expect((first.start, first.end, first.offset) == (0x420000, 0x703000, 0x20000))
        #expect(first.device == 0xfe01)
        #expect(first.name == "python3.11")
    }

    @Test func `data of files named as Python is found, because an emulator maps them so`() {
        let maps = """
            00400000-00420000 r--p 00000000 fe:01 1 /guest/bin/python3.11
            00420000-00520000 r--p 00000000 fe:01 2 /guest/lib/libpython3.13.so.1.0
            00520000-00620000 r--p 00000000 fe:01 3 /guest/lib/libm.so.6

            """
        #expect(FileMapping.programs(parsing: Array(maps.utf8)).map(\.inode) == [1, 2])
    }

    @Test func `a path may have blanks and line feeds, and its file may be deleted`() throws {
        let mapping = try #require(FileMapping.programs(parsing: Array(Self.maps.utf8)).last)
        #expect(mapping.path == "/opt/a b/lib\nc.so.6")
        // makedev(0x103, 2)
        #expect(mapping.device == 0x10302)
    }

    @Test(arguments: ["", "x", "1-0 r-xp 0 0:0 1 /a", "0-1 r-xp 0 0 1 /a", "0-1 r-xp 0 0:0 -1 /a", "0-1 rx 0 0:0 1 /a"])
    func `a malformed line is ignored`(line: String) {
        #expect(FileMapping(parsing: Array(line.utf8)[...]) == nil)
    }
}
