import Glibc
import Testing

@testable import Linux

/// Each in a process of its own where it is about the process's limits.
struct StartResourcesTests {
    @Test func `what is there can be had, again and again`() throws {
        let resources = StartResources(threads: 4, descriptors: 8, bytes: 1 << 20)
        let before = try ProcessDescriptors.count()
        for _ in 0..<3 { try resources.secure() }
        // Other tests open some meanwhile, but not eight at each try.
        #expect(try ProcessDescriptors.count() < before + 24)
    }

    @Test func `missing descriptors are named, with the limit`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var limits = rlimit(rlim_cur: 16, rlim_max: 16)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
            do throws(MissingResource) {
                try StartResources(threads: 1, descriptors: 40, bytes: 4096).secure()
            } catch {
                let text = error.description
                exit(error.kind == .descriptors && error.code == EMFILE && text.contains("RLIMIT_NOFILE") ? 7 : 1)
            }
        }
    }

    @Test func `missing addresses are named, for what is mapped and for stacks`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var limits = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits)
            func kind(_ resources: StartResources) -> MissingResource.Kind? {
                do throws(MissingResource) {
                    try resources.secure()
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

    @Test func `a proc that does not know this process is missing`() throws {
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
