import Glibc
import Linux
import Testing

struct ProcessLimitsTests {
    @Test func `soft limits come from a captured file`() throws {
        let limits = try ProcessLimits.ofThisProcess(proc: Fixtures.proc)
        #expect(limits.openFiles == 20000)
        #expect(limits.addressSpaceBytes == ProcessLimits.unlimited)
    }

    @Test func `this process's limits are those that getrlimit gives`() throws {
        var files = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        #expect(try ProcessLimits.ofThisProcess().openFiles == UInt64(files.rlim_cur))
    }

    @Test(
        arguments: [
            "", "Max open files            1024                 4096                 files     \n",
            "Max open files            \nMax address space         1 1 bytes\n",
            "Max open files            many 4096 files\nMax address space         1 1 bytes\n",
            "Max open files            -1 4096 files\nMax address space         1 1 bytes\n",
        ]
    )
    func `a malformed file is refused`(content: String) {
        #expect(ProcessLimits(parsing: Array(content.utf8)) == nil)
    }
}
