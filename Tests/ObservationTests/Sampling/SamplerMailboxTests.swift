import Linux
import Testing

@testable import Observation

struct SamplerMailboxTests {
    private let process = ProcessIdentity(pid: 7, startTime: 1)
    private var location: InterpreterLocation {
        InterpreterLocation(process: process, runtime: 1, version: nil, libc: .unknown)
    }

    @Test func `a process that was untracked is named once, so that it begins anew if it is tracked again`() throws {
        let mailbox = SamplerMailbox(rate: 100, budget: 1)
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

    @Test func `what was observed before a process was untracked is not published after it is tracked again`() throws {
        let mailbox = SamplerMailbox(rate: 100, budget: 1)
        func publish() {
            mailbox.publish(rate: 100, cpuTime: .zero, passes: SamplingPasses(), resting: 0, generation: 0) { publish in
                publish(process, TrackedProcess(state: .observed))
            }
            mailbox.publish(LockProfile(), of: process, generation: 0)
        }
        mailbox.track(location)
        _ = mailbox.wait(until: 0, since: 0, generation: 0)
        // While the sampling thread is at work.
        mailbox.untrack(process)
        mailbox.track(location)
        publish()
        #expect(mailbox.publication().processes[process]?.state == .starting)
        #expect(mailbox.takeProfiles().isEmpty)
        _ = mailbox.wait(until: 0, since: 0, generation: 0)
        publish()
        #expect(mailbox.publication().processes[process]?.state == .observed)
        #expect(mailbox.takeProfiles().count == 1)
    }

    @Test func `processes that were avoided are sampled when a thread returns that hung`() throws {
        let mailbox = SamplerMailbox(rate: 100, budget: 1, owner: { _ in 1000 })
        let others = [8, 9].map { ProcessIdentity(pid: $0, startTime: 1) }
        func take(_ generation: Int) throws -> SamplerMailbox.Assignment {
            try #require(mailbox.wait(until: 0, since: 0, generation: generation))
        }
        var now: UInt64 = 5_000_000_000
        for (generation, hung) in others.enumerated() {
            mailbox.beginRead(of: hung, generation: generation)
            var next: Int?
            while next == nil {
                next = mailbox.publication(at: now).newGeneration
                now += 1_000_000_000
            }
        }
        mailbox.track(location)
        let before = try take(2)
        #expect(before.locations.isEmpty)
        #expect(mailbox.publication().processes[process]?.state == .unobservable(.unresponsive))
        mailbox.end(generation: 0)
        let after = try take(2)
        #expect(after.locations == [process: location] && after.revision > before.revision)
    }
}
