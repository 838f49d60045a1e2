import Glibc
import Linux
import Testing

@testable import Web

struct ListenSourceTests {
    @Test func `a listen error is one line that says what to do`() {
        let taken = ListenError(source: .address(.standard), reason: .addressInUse)
        #expect(
            taken.description == """
                listen on :10061: address already in use; is another gil-exporter running? \
                choose another with --web.listen-address
                """
        )
        let privileged = ListenError(
            source: .address(.tcp(host: nil, port: 80)),
            reason: .system(SystemError("bind", code: EACCES))
        )
        #expect(
            privileged.description == """
                listen on :80: bind: Permission denied; \
                ports below 1024 need CAP_NET_BIND_SERVICE, and a socket file needs a writable folder
                """
        )
        let datagram = ListenError(source: .inherited(descriptor: 3), reason: .notListening)
        #expect(
            datagram.description == """
                listen on inherited descriptor 3: it is not a listening stream socket; \
                the unit that passes it in needs ListenStream= and Accept=no
                """
        )
    }
}
