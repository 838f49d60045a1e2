import Glibc
import Testing

@testable import Linux

@Suite("The limit on open files")
struct OpenFileLimitTests {
    /// In processes of their own, as the limit is that of all tests.
    @Test("is raised towards the hard one")
    func raised() async {
        await #expect(processExitsWith: .success) {
            let hard = limit(soft: 137).rlim_max
            OpenFileLimit.raise()
            #expect(soft == min(OpenFileLimit.enough, hard))
        }
    }

    @Test("is left alone where it is the hard one")
    func left() async {
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
