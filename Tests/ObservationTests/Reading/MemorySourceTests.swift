import Glibc
import Linux
import Testing

@testable import Observation

struct MemorySourceTests {
    @Test func `neighbours are read as one range, with an offset for each`() {
        let wanted = [MemoryRange(0x5000, count: 8), MemoryRange(0x1100, count: 16), MemoryRange(0x1000, count: 8)]
        let joined = JoinedRanges(wanted)
        #expect(joined.ranges == [MemoryRange(0x1000, count: 0x110), MemoryRange(0x5000, count: 8)])
        #expect(joined.offsets == [0x110, 0x100, 0])
    }

    @Test(arguments: [0, 1, JoinedRanges.maxGap, JoinedRanges.maxGap + 1])
    func `distant ranges are read separately`(gap: UInt64) {
        let joined = JoinedRanges([MemoryRange(0x1000, count: 8), MemoryRange(0x1008 + gap, count: 8)])
        let isOne = gap <= JoinedRanges.maxGap
        #expect(joined.ranges.count == (isOne ? 1 : 2))
        #expect(joined.offsets == [0, isOne ? 8 + Int(gap) : 8])
    }

    @Test func `ranges that overlap or contain each other are read once`() {
        let wanted = [MemoryRange(0x1000, count: 64), MemoryRange(0x1010, count: 8), MemoryRange(0x1030, count: 64)]
        let joined = JoinedRanges(wanted)
        #expect(joined.ranges == [MemoryRange(0x1000, count: 112)])
        #expect(joined.offsets == [0, 16, 48])
    }

    @Test func `the end of the address space is not a neighbour of its beginning`() {
        let wanted = [MemoryRange(.max - 4, count: 8), MemoryRange(.max - 2, count: 8), MemoryRange(2, count: 8)]
        let joined = JoinedRanges(wanted)
        #expect(joined.ranges == [wanted[2], wanted[0], wanted[1]])
        #expect(joined.offsets == [8, 16, 0])
    }

    @Test func `a lack of descriptors or memory says nothing of a process`() {
        #expect(ReadingError(ProcessMemoryError.noDescriptor) == .postponed)
        for (code, error) in [(ENOMEM, .postponed), (EINTR, .inconsistent)] as [(CInt, ReadingError)] {
            #expect(ReadingError(.system(SystemError("read /proc/1/mem", code: code))) == error)
        }
    }

    @Test func `without ranges nothing is read`() {
        let joined = JoinedRanges([])
        #expect(joined.ranges.isEmpty && joined.offsets.isEmpty)
    }
}
