import Glibc
import Linux
import Testing

struct ProcessLimitsTests {
    @Test func `limits that were set are those that are read`() async {
        // In a process of its own, as the limits are those of all tests.
        await #expect(processExitsWith: .success) {
            var files = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
            files.rlim_cur = min(137, files.rlim_max)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
            var space = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space)
            space.rlim_cur = min(1 << 44, space.rlim_max)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space)

            let limits = try ProcessLimits.ofThisProcess()
            #expect(limits.openFiles == UInt64(files.rlim_cur))
            #expect(limits.addressSpaceBytes == UInt64(space.rlim_cur))
        }
    }
}
