import Glibc
import Linux
import TestSupport
import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(1)))
struct PatientReadingTests {
    @Test func `a read in time returns its result`() async throws {
        let answer = try await PatientReading(limit: .seconds(50)).run { 7 }
        #expect(answer == 7)
    }

    @Test func `a read that takes too long is abandoned, and the number of such reads is limited`() async {
        let gate = Gate()
        let reading = PatientReading(limit: .milliseconds(1))
        let began = Protected(0)
        for _ in 0..<5 {
            await #expect(throws: UnreadReason.unanswered(.milliseconds(1))) {
                try await reading.run {
                    began.withLock { $0 += 1 }
                    gate.pass()
                    return 7
                }
            }
        }
        #expect(began.withLock { $0 } <= 2)
        gate.open()
    }

    @Test(.disabled(if: Sanitizer.isActive, "a sanitizer needs terabytes of address space"))
    func `a lack of threads is not reported as a file system that does not respond`() async {
        await #expect(processExitsWith: .success) {
            try ThreadShortage.begin()
            await #expect(throws: UnreadReason.noThread(SystemError("pthread_create", code: EAGAIN))) {
                try await PatientReading(limit: .seconds(50)).run { 7 }
            }
        }
    }
}
