import Glibc
import Linux
import Testing

struct ProcessDescriptorsTests {
    @Test func `the names of a directory are counted`() throws {
        #expect(try ProcessDescriptors.count(proc: Fixtures.proc) == 5)
    }

    @Test func `one more is open after one more was opened, and counting leaves none behind`() async {
        // In a process of its own, as tests that run beside this one open files too.
        await #expect(processExitsWith: .success) {
            let before = try ProcessDescriptors.count()
            var open = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &open)
            let really = (0..<CInt(clamping: open.rlim_cur)).count { fcntl($0, F_GETFD) >= 0 }
            #expect(before == really)
            let descriptor = dup(0)
            #expect(try ProcessDescriptors.count() == before + 1)
            close(descriptor)
            #expect(try ProcessDescriptors.count() == before)
        }
    }

    @Test func `a directory that is not there is an error, not zero`() {
        #expect(throws: SystemError("open /nonexistent/self/fd", code: ENOENT)) {
            try ProcessDescriptors.count(proc: "/nonexistent")
        }
    }
}
