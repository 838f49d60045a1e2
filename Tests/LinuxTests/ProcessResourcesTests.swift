import Glibc
import TestSupport
import Testing

@testable import Linux

struct ProcessLimitsTests {
    @Test(.disabled(if: Sanitizer.isActive, "a sanitizer needs terabytes of address space"))
    func `the limits that are read are those that were set`() async {
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

struct OpenFileLimitTests {
    /// In processes of their own, as the limit is that of all tests.
    @Test func `the limit on open files is raised towards the hard one`() async {
        await #expect(processExitsWith: .success) {
            let hard = limit(soft: 137).rlim_max
            OpenFileLimit.raise()
            #expect(soft == min(OpenFileLimit.enough, hard))
        }
    }

    @Test func `the limit on open files is left alone where it is the hard one`() async {
        await #expect(processExitsWith: .success) {
            limit(soft: 137, hard: 137)
            OpenFileLimit.raise()
            #expect(soft == 137)
        }
    }
}

private var soft: UInt64 { (try? ProcessLimits.ofThisProcess().openFiles) ?? 0 }

@discardableResult
private func limit(soft: rlim_t, hard: rlim_t? = nil) -> rlimit {
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = soft
    if let hard { limit.rlim_max = hard }
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return limit
}

struct ProcessDescriptorsTests {
    @Test func `the names of a directory are counted`() throws {
        #expect(try ProcessDescriptors.count(proc: Fixtures.proc) == 5)
    }

    @Test func `opening a hundred descriptors increases the count by a hundred`() async {
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

    @Test func `a missing directory is an error, not zero`() {
        #expect(throws: SystemError("open /nonexistent/self/fd", code: ENOENT)) {
            try ProcessDescriptors.count(proc: "/nonexistent")
        }
    }
}
