import Glibc
import Linux
import Testing

@testable import Web

struct ListenErrorTests {
    @Test func `a listen error is one line that says what to do`() {
        let taken = ListenError(listener: .address(.standard), reason: .addressInUse)
        #expect(
            taken.description == """
                listen on :10061: address already in use; is another gil-exporter running? \
                choose another with --web.listen-address
                """
        )
        let privileged = ListenError(
            listener: .address(.tcp(host: nil, port: 80)),
            reason: .system(SystemError("bind", code: EACCES))
        )
        #expect(
            privileged.description == """
                listen on :80: bind: Permission denied; \
                ports below 1024 need CAP_NET_BIND_SERVICE, a socket file needs a folder that can be written to
                """
        )
        let datagram = ListenError(listener: .inherited(descriptor: 3), reason: .notListening)
        #expect(
            datagram.description == """
                listen on inherited descriptor 3: it is no listening stream socket; \
                the unit that passes it in needs ListenStream= and Accept=no
                """
        )
    }
}
