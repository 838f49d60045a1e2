import Glibc
import Testing

@testable import Linux

@Suite("The limit on open files")
struct OpenFileLimitTests {
    /// In processes of their own, as the limit and the environment are those of all tests.
    @Test("is raised for a daemon, and its workers get it back as it was")
    func raised() async {
        await #expect(processExitsWith: .success) {
            let hard = limit(soft: 137).rlim_max
            OpenFileLimit.raise()
            #expect(soft == min(OpenFileLimit.enough, hard))
            OpenFileLimit.restore()
            #expect(soft == 137)
            #expect(Environment.value("GIL_EXPORTER_SOFT_NOFILE") == nil)
        }
    }

    @Test("is left alone where it is high enough, and where it is the hard one")
    func left() async {
        await #expect(processExitsWith: .success) {
            limit(soft: 137, hard: 137)
            OpenFileLimit.raise()
            #expect(Environment.value("GIL_EXPORTER_SOFT_NOFILE") == nil)
            OpenFileLimit.restore()
            #expect(soft == 137)
        }
    }

    @Test("is never raised by a worker, whatever its environment says")
    func neverRaised() async {
        await #expect(processExitsWith: .success) {
            limit(soft: 137)
            for text in ["4096", "", "-1", "many"] {
                unsafe setenv("GIL_EXPORTER_SOFT_NOFILE", text, 1)
                OpenFileLimit.restore()
                #expect(soft == 137)
            }
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
