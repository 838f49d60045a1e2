import Linux
import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(1)))
struct LogDeliveryTests {
    @Test func `entries are written in their order, and a flush waits for the last`() throws {
        let written = Protected<[[UInt8]]>([])
        let delivery = try LogDelivery { entry in
            if case .line(let bytes) = entry { written.withLock { $0.append(bytes) } }
        }
        let lines = (0..<100).map { Array("line \($0)\n".utf8) }
        for line in lines { #expect(delivery.add(.line(line))) }
        #expect(delivery.flush(within: .seconds(50)))
        #expect(written.withLock { $0 } == lines)
    }

    @Test func `while a write is stuck nobody waits, and what does not fit is refused`() throws {
        let gate = Gate()
        let delivery = try LogDelivery(capacity: 100) { _ in gate.pass() }
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 40)
        #expect(delivery.add(.line(line)))
        #expect(delivery.add(.line(line)))
        #expect(!delivery.add(.line(line)))
        #expect(!delivery.flush(within: .milliseconds(1)))
        gate.open()
        #expect(delivery.flush(within: .seconds(50)))
        #expect(delivery.add(.line(line)))
    }
}
