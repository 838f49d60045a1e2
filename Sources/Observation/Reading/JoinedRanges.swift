import Linux

/// Several ranges of a process's memory as few: neighbours are read as one, with what lies between them.
///
/// For each range the kernel looks its page up and pins it, which is dearer than to copy the bytes between two that
/// stand in one structure.
struct JoinedRanges: Sendable {
    /// What to read, by address.
    let ranges: [MemoryRange]
    /// Where each of the ranges that were asked for begins in what is read.
    let places: [Int]

    /// To copy so much costs about as much as to look a page up. Below a page, so between two ranges that are mapped
    /// there is nothing that is not.
    static let widestGap: UInt64 = 1024

    init(_ wanted: [MemoryRange]) {
        var joined: [MemoryRange] = []
        var places = [Int](repeating: 0, count: wanted.count)
        var start = 0
        for index in wanted.indices.sorted(by: { wanted[$0].address < wanted[$1].address }) {
            let range = wanted[index]
            if let last = joined.last, let gap = Self.gap(last, range), gap <= Self.widestGap {
                places[index] = start + Int(range.address - last.address)
                joined[joined.count - 1] = MemoryRange(
                    last.address,
                    count: max(last.count, Int(range.address - last.address) + range.count)
                )
            } else {
                start += joined.last?.count ?? 0
                places[index] = start
                joined.append(range)
            }
        }
        (ranges, self.places) = (joined, places)
    }

    /// Bytes from the end of one range to the begin of the next, 0 when they touch or overlap; nil for one that would
    /// reach over the end of the address space.
    private static func gap(_ first: MemoryRange, _ second: MemoryRange) -> UInt64? {
        let (end, overflow) = first.address.addingReportingOverflow(UInt64(first.count))
        guard !overflow, second.address <= .max - UInt64(second.count) else { return nil }
        return second.address > end ? second.address - end : 0
    }
}
