import Linux
import Probing
import Testing

@testable import Commands

struct ProbeOnceTests {
    @Test func `each run replaces the progress of the one before, and the end clears it`() {
        let written = Protected<[String]>([])
        let progress = Progress { text in written.withLock { $0.append(text) } }
        progress.show(.began(runtime: "native", probe: .single, done: 0, total: 2))
        progress.show(.began(runtime: "python3", probe: .gil, done: 1, total: 2))
        progress.clear()
        #expect(
            written.withLock { $0 } == [
                "\r\u{1B}[K[1/2] native single …", "\r\u{1B}[K[2/2] python3 gil …", "\r\u{1B}[K",
            ]
        )
    }

    @Test func `other events are not progress`() {
        let written = Protected<[String]>([])
        let progress = Progress { text in written.withLock { $0.append(text) } }
        progress.show(.failed(runtime: "native", probe: .gil, WorkerFailure(.crash, "it died")))
        #expect(written.withLock { $0 }.isEmpty)
    }
}
