import Testing

@testable import Observation

struct SamplerTurnsTests {
    private let second: UInt64 = 1_000_000_000
    private let process = ProcessIdentity(pid: 7, startTime: 1)

    @Test func `a thread that is in one and the same sample at four looks hangs`() {
        var turns = SamplerTurns()
        turns.begin(process, 0)
        let answers = (1...4).map { turns.check(at: UInt64($0) * second) }
        #expect(answers == [false, false, false, true])
        #expect(turns.hung == [process])
        #expect(turns.current == 1 && !turns.isOver)
    }

    @Test func `looks in quick succession are one look, and so is one after a long sleep`() {
        var turns = SamplerTurns()
        turns.begin(process, 0)
        for look in 0..<100 { #expect(turns.check(at: second + UInt64(look) * second / 200) == false) }
        #expect(turns.check(at: 1000 * second) == false)
        turns.end(0)
        #expect(turns.check(at: 1001 * second) == false)
        #expect(turns.hung.isEmpty)
    }

    @Test func `a thread that goes on does not hang, be it with the same process`() {
        var turns = SamplerTurns()
        for look in 1...100 {
            turns.begin(process, 0)
            #expect(turns.check(at: UInt64(look) * second) == false)
        }
    }

    @Test func `a thread that was left behind changes nothing any more`() {
        var turns = SamplerTurns()
        turns.begin(process, 0)
        for look in 1...4 { _ = turns.check(at: UInt64(look) * second) }
        turns.begin(ProcessIdentity(pid: 8, startTime: 1), 0)
        turns.leave(0)
        #expect(!turns.hasEnded)
        for look in 5...20 { #expect(turns.check(at: UInt64(look) * second) == false) }
        turns.leave(1)
        #expect(turns.hasEnded)
    }

    @Test func `a process that has gone is forgotten, and too many end it all`() {
        var turns = SamplerTurns()
        var now = second
        for pid in 1...17 {
            #expect(!turns.isOver)
            let process = ProcessIdentity(pid: Int32(pid), startTime: 1)
            turns.begin(process, turns.current)
            for _ in 1...4 {
                _ = turns.check(at: now)
                now += second
            }
            turns.forget(process)
        }
        #expect(turns.hung.isEmpty)
        #expect(turns.isOver)
    }
}
