import Linux
import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(1)))
struct PatientReadingTests {
    @Test func `what is read in time is the answer`() async {
        let answer = await PatientReading(limit: .seconds(50)).run { 7 }
        #expect(answer == 7)
    }

    @Test func `what is never read is given up, and few readings wait at a time`() async {
        let gate = Gate()
        let reading = PatientReading(limit: .milliseconds(1))
        let began = Protected(0)
        for _ in 0..<5 {
            let answer = await reading.run {
                began.withLock { $0 += 1 }
                gate.pass()
                return 7
            }
            #expect(answer == nil)
        }
        #expect(began.withLock { $0 } <= 2)
        gate.open()
    }
}
