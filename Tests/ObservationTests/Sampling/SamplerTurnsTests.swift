import Testing

@testable import Observation

struct SamplerTurnsTests {
    private let second: UInt64 = 1_000_000_000
    private let process = ProcessIdentity(pid: 7, startTime: 1)

    @Test func `a thread that is in one and the same sample at four looks hangs`() {
        var turns = SamplerTurns()
        turns.begin(process, 0)
        let answers = (1...4).map { turns.check(at: UInt64($0) * second, owner: nobody) }
        #expect(answers == [false, false, false, true])
        #expect(turns.hung == [process])
        #expect(turns.current == 1 && turns.hasThread)
    }

    @Test func `looks in quick succession are one look, and so is one after a long sleep`() {
        var turns = SamplerTurns()
        turns.begin(process, 0)
        for look in 0..<100 { #expect(turns.check(at: second + UInt64(look) * second / 200, owner: nobody) == false) }
        #expect(turns.check(at: 1000 * second, owner: nobody) == false)
        turns.end(0)
        #expect(turns.check(at: 1001 * second, owner: nobody) == false)
        #expect(turns.hung.isEmpty)
    }

    @Test func `a thread that goes on does not hang, be it with the same process`() {
        var turns = SamplerTurns()
        for look in 1...100 {
            turns.begin(process, 0)
            #expect(turns.check(at: UInt64(look) * second, owner: nobody) == false)
        }
    }

    @Test func `a thread that was left behind changes nothing any more`() {
        var turns = SamplerTurns()
        turns.begin(process, 0)
        for look in 1...4 { _ = turns.check(at: UInt64(look) * second, owner: nobody) }
        turns.begin(ProcessIdentity(pid: 8, startTime: 1), 0)
        turns.leave(0)
        #expect(!turns.hasEnded)
        for look in 5...20 { #expect(turns.check(at: UInt64(look) * second, owner: nobody) == false) }
        turns.leave(1)
        #expect(turns.hasEnded)
    }

    /// Has a process hang.
    private func hang(_ pid: Int32, of owner: UInt32?, in turns: inout SamplerTurns, now: inout UInt64) {
        turns.begin(ProcessIdentity(pid: pid, startTime: 1), turns.current)
        for _ in 1...4 {
            _ = turns.check(at: now) { _ in owner }
            now += second
        }
    }

    @Test func `nobody samples while too many threads hang, and somebody does again when one returns`() {
        var turns = SamplerTurns()
        var now = second
        for pid: Int32 in 1...17 {
            #expect(turns.hasThread)
            hang(pid, of: nil, in: &turns, now: &now)
        }
        #expect(!turns.hasThread)
        #expect(turns.check(at: now, owner: nobody) == false)
        turns.leave(3)
        #expect(turns.check(at: now, owner: nobody) == true)
        #expect(turns.hasThread)
        #expect(turns.stuckThreads == 16)
    }

    @Test func `a process that has gone is forgotten`() {
        var turns = SamplerTurns()
        var now = second
        hang(7, of: nil, in: &turns, now: &now)
        turns.forget(process)
        #expect(turns.hung.isEmpty)
    }

    @Test func `new processes of a user who has two threads hang are kept away from, but not those of others or root`()
    {
        var turns = SamplerTurns()
        var now = second
        let next = ProcessIdentity(pid: 9, startTime: 1)
        hang(1, of: 65534, in: &turns, now: &now)
        #expect(turns.avoids(next, of: 65534) == false)
        hang(2, of: 65534, in: &turns, now: &now)
        #expect(turns.avoids(next, of: 65534) == true)
        #expect(turns.avoided == [next])
        #expect(turns.avoids(ProcessIdentity(pid: 10, startTime: 1), of: 1000) == false)
        for pid: Int32 in 3...5 { hang(pid, of: 0, in: &turns, now: &now) }
        #expect(turns.avoids(ProcessIdentity(pid: 11, startTime: 1), of: 0) == false)
        turns.leave(0)
        #expect(turns.avoided.isEmpty)
        #expect(turns.avoids(next, of: 65534) == false)
    }
}

private func nobody(_ process: ProcessIdentity) -> UInt32? { nil }
