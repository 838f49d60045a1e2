import Glibc
import Testing

@testable import Linux

@Suite("System calls that nothing works without")
struct RequiredSystemCallsTests {
    @Test("where all are allowed, the check says nothing and leaves no descriptor open")
    func allowed() throws {
        let before = try ProcessDescriptors.count()
        try RequiredSystemCalls.check()
        #expect(try ProcessDescriptors.count() == before)
    }

    @Test("one that is refused or missing is named, with what to do", arguments: [EPERM, ENOSYS])
    func refused(code: CInt) {
        let text = MissingSystemCall(name: "timerfd_create", code: code).description
        #expect(text.hasPrefix("the system call timerfd_create fails: \(SystemError.message(code));"))
        #expect(text.contains("seccomp filter"))
    }

    @Test("one that lacks resources is no matter of filters", arguments: [EAGAIN, EMFILE, ENOMEM])
    func scarce(code: CInt) {
        let text = MissingSystemCall(name: "eventfd2", code: code).description
        #expect(!text.contains("seccomp") && text.contains("limits"))
    }
}
