import Testing

@testable import Observation

struct GroupNamesTests {
    private static let minute: UInt64 = 60_000_000_000

    @Test func `a group without processes for long gives up its place, once another needs it`() {
        let names = GroupNames()
        #expect(names.admits("old", owner: nil, limit: 2, now: 0))
        #expect(names.admits("new", owner: nil, limit: 2, now: 0))
        #expect(names.retire(except: ["new"], after: .seconds(3600), now: 5 * Self.minute).isEmpty)
        #expect(!names.admits("third", owner: nil, limit: 2, now: 5 * Self.minute))
        #expect(names.retire(except: ["new"], after: .seconds(3600), now: 11 * Self.minute).isEmpty)
        #expect(names.admits("third", owner: nil, limit: 2, now: 11 * Self.minute))
        #expect(names.retire(except: ["new", "third"], after: .seconds(3600), now: 11 * Self.minute) == ["old"])
        // Those that have processes stay.
        #expect(!names.admits("fourth", owner: nil, limit: 2, now: 11 * Self.minute))
    }

    @Test func `a group is no more when it has had no process for the time that is set`() {
        let names = GroupNames()
        #expect(names.admits("a", owner: nil, limit: 10, now: 0))
        #expect(names.retire(except: [], after: .seconds(3600), now: 60 * Self.minute).isEmpty)
        #expect(names.retire(except: ["a"], after: .seconds(3600), now: 61 * Self.minute).isEmpty)
        #expect(names.retire(except: [], after: .seconds(3600), now: 122 * Self.minute) == ["a"])
        #expect(names.retire(except: [], after: .seconds(3600), now: 123 * Self.minute).isEmpty)
    }

    @Test func `a user who starts programs of many names leaves places for others`() {
        let names = GroupNames()
        let admitted = (0..<110).filter { names.admits("x\($0)", owner: 1000, limit: 100, now: 0) }
        #expect(admitted.count == 25)
        #expect(names.admits("shop.service", owner: nil, limit: 100, now: 0))
        #expect(names.admits("mine", owner: 1001, limit: 100, now: 0))
        #expect((0..<60).allSatisfy { names.admits("root\($0)", owner: 0, limit: 100, now: 0) })
    }
}
