import Linux
import Testing

@testable import Observation

struct SamplerMailboxTests {
    @Test func `a process that was untracked is named once, so that it begins anew if it is tracked again`() throws {
        let mailbox = SamplerMailbox(rate: 100, budget: 1)
        let process = ProcessIdentity(pid: 7, startTime: 1)
        let location = InterpreterLocation(process: process, runtime: 1, version: nil, libc: .unknown)
        func take() throws -> SamplerMailbox.Assignment {
            try #require(mailbox.wait(until: 0, since: 0, generation: 0))
        }
        mailbox.track(location)
        let first = try take()
        #expect(first.locations == [process: location] && first.untracked.isEmpty)
        // Between two looks of the sampling thread.
        mailbox.untrack(process)
        mailbox.track(location)
        let second = try take()
        #expect(second.locations == [process: location] && second.untracked == [process])
        #expect(second.revision != first.revision)
        let third = try take()
        #expect(third.untracked.isEmpty && third.revision == second.revision)
    }
}
