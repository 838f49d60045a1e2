import ConfigurationFiles
import Glibc
import Linux
import TestSupport
import Testing

@testable import Daemon
@testable import Web

struct StartFailureTests {
    @Test(
        arguments: [
            (ListenError.Reason.addressInUse, EADDRINUSE), (.notListening, ENOTSOCK), (.notSocketFile, EEXIST),
            (.unresolvable("no such name"), nil), (.system(SystemError("bind", code: EACCES)), EACCES),
        ] as [(ListenError.Reason, CInt?)]
    )
    func `a listen error has its error number`(reason: ListenError.Reason, code: CInt?) {
        let error = ListenError(source: .inherited(descriptor: 3), reason: reason)
        let failure = StartFailure(error)
        #expect(failure.code == code)
        #expect(failure.status == "Cannot start: \(error)")
    }

    @Test func `of an invalid configuration the first error is reported`() throws {
        let error = try #require(throws: ConfigurationErrors.self) {
            try Configuration.parse(Array("probing: 1\nruntimes: 2\n".utf8), file: "c.yml")
        }
        let failure = StartFailure(error)
        #expect(failure.code == EINVAL)
        #expect(failure.status.hasPrefix("Cannot start: c.yml:1:10: "))
        #expect(!failure.status.contains("\n"))
    }

    @Test func `the service manager gets number and sentence in one message`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket(address: "@gil-exporter-failure-test-\(getpid())")
            unsafe setenv("NOTIFY_SOCKET", socket.address, 1)
            StartFailure(ListenError(source: .inherited(descriptor: 3), reason: .addressInUse)).notify()
            let message = socket.receive()
            #expect(message?.hasPrefix("ERRNO=98\nSTATUS=Cannot start: listen on ") == true)
        }
    }
}
