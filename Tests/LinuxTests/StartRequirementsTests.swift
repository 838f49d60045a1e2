import Glibc
import TestSupport
import Testing

@testable import Linux

/// Each in a process of its own where it is about the process's limits.
struct StartResourcesTests {
    @Test func `available resources can be allocated repeatedly`() throws {
        let resources = StartResources(threads: 4, descriptors: 8, bytes: 1 << 20)
        let before = try ProcessDescriptors.count()
        for _ in 0..<3 { try resources.check() }
        // Other tests open some meanwhile, but not eight at each try.
        #expect(try ProcessDescriptors.count() < before + 24)
    }

    @Test func `missing descriptors are reported with the limit`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var limits = rlimit(rlim_cur: 16, rlim_max: 16)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
            do throws(MissingResource) {
                try StartResources(threads: 1, descriptors: 40, bytes: 4096).check()
            } catch {
                let text = error.description
                exit(error.kind == .descriptors && error.code == EMFILE && text.contains("RLIMIT_NOFILE") ? 7 : 1)
            }
        }
    }

    @Test(.disabled(if: Sanitizer.isActive, "a sanitizer needs terabytes of address space"))
    func `missing address space is reported, for mappings and for stacks`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var limits = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits)
            func kind(_ resources: StartResources) -> MissingResource.Kind? {
                do throws(MissingResource) {
                    try resources.check()
                    return nil
                } catch {
                    return error.description.contains("RLIMIT_AS") ? error.kind : nil
                }
            }
            let mapped = kind(StartResources(threads: 0, descriptors: 0, bytes: 64 << 20))
            let stacks = kind(StartResources(threads: 1, descriptors: 0, bytes: 4096))
            exit(mapped == .addressSpace && stacks == .addressSpace ? 7 : 1)
        }
    }

    @Test func `a /proc without this process counts as missing`() throws {
        try StartResources.readOwnThread()
        do throws(MissingResource) {
            try StartResources.readOwnThread(proc: "/nonexistent")
            Issue.record("it is there")
        } catch {
            #expect(error.kind == .proc)
            #expect(error.description.hasPrefix("cannot start without /proc: No such file or directory; mount it"))
        }
    }
}

struct RequiredSystemCallsTests {
    @Test func `where all calls are allowed the check succeeds and leaves no descriptor open`() throws {
        let before = try ProcessDescriptors.count()
        try RequiredSystemCalls.check()
        #expect(try ProcessDescriptors.count() == before)
    }

    @Test(arguments: [EPERM, ENOSYS])
    func `a refused or missing call is reported with a remedy`(code: CInt) {
        let text = MissingSystemCall(name: "timerfd_create", code: code).description
        #expect(text.hasPrefix("the system call timerfd_create fails: \(SystemError.message(code));"))
        #expect(text.contains("seccomp filter"))
    }

    @Test(arguments: [EAGAIN, EMFILE, ENOMEM])
    func `a call that lacks resources is not blamed on filters`(code: CInt) {
        let text = MissingSystemCall(name: "eventfd2", code: code).description
        #expect(!text.contains("seccomp") && text.contains("limits"))
    }
}
