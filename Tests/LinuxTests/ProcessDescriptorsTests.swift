import Glibc
import Linux
import Testing

struct ProcessDescriptorsTests {
    @Test func `the names of a directory are counted`() throws {
        #expect(try ProcessDescriptors.count(proc: Fixtures.proc) == 5)
    }

    @Test func `a hundred more are open after a hundred more were opened`() async {
        // In a process of its own, as tests that run beside this one open files too. Even there the runtime's threads
        // open an epoll or a timer when they first need one, so a few more or less are not the count's fault.
        await #expect(processExitsWith: .success) {
            let before = try ProcessDescriptors.count()
            let opened = (0..<100).map { _ in dup(0) }
            let meanwhile = try ProcessDescriptors.count()
            for descriptor in opened { close(descriptor) }
            let after = try ProcessDescriptors.count()
            #expect((90...110).contains(meanwhile - before))
            #expect((90...110).contains(meanwhile - after))
        }
    }

    @Test func `counting leaves nothing open`() async {
        await #expect(processExitsWith: .success) {
            let before = try ProcessDescriptors.count()
            for _ in 0..<100 { _ = try ProcessDescriptors.count() }
            #expect(try ProcessDescriptors.count() < before + 50)
        }
    }

    @Test func `a directory that is not there is an error, not zero`() {
        #expect(throws: SystemError("open /nonexistent/self/fd", code: ENOENT)) {
            try ProcessDescriptors.count(proc: "/nonexistent")
        }
    }
}
