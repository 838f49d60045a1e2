import Linux

/// Reads which code objects a thread is in, while the process runs.
///
/// A thread that holds a lock may call and return while it is read. So all that matters is read by one system call, the
/// lock last: if the lock still has the same holder since the same switch, the stack is that of the holder. If it has let
/// the lock go, it stands still where it did that, since it cannot run Python code before it has the lock again. So short
/// holds are as well known as long ones. Calls that are as short as the read can still mix the innermost frames of two
/// neighbouring moments.
struct StackReader: Sendable {
    /// A lock as it was seen, to recognise it.
    struct Lock {
        let address: UInt64
        let layout: GILLayout
        let state: GILState

        fileprivate var range: MemoryRange {
            MemoryRange(address &+ UInt64(layout.lastHolder), count: layout.switchNumber + 8 - layout.lastHolder)
        }

        /// Whether the thread that held it has not taken it again: it holds it since the same switch, or stands still.
        fileprivate func hasNotBeenRetaken(_ bytes: [UInt8], at offset: Int) -> Bool {
            bytes.word(at: offset) != state.lastHolder
                || bytes.word(at: offset + layout.switchNumber - layout.lastHolder) == state.switches
        }
    }

    enum Failure: Error, Equatable {
        /// The holder has let the lock go, and has taken it again.
        case retaken
        /// What was read cannot be a stack: it changed meanwhile, or is damaged.
        case torn
    }

    /// Deeper stacks are cut at their outer end.
    static let maxDepth = 256
    /// Each call from C has a frame without code, too.
    private static let maxFrames = 2 * maxDepth
    /// Frames that lie outside of what was read at once, such as those of generators, take a reading each.
    private static let maxSingleReads = 96
    /// The part of a chunk that is read: its end, where the innermost frames are.
    private static let maxChunkBytes: UInt64 = 64 << 10
    private static let minChunkBytes: UInt64 = 16 << 10
    /// A thread may have grown its stack since the end of the chunk was read.
    private static let reserve: UInt64 = 2048
    /// Threads whose chunks are remembered.
    private static let maxThreads = 64
    private static let maxChunks = 4
    private static let maxAttempts = 3

    let layout: StackLayout
    /// What threads had at their previous readings. Most still have it, and are then read by one system call.
    private var threads: [UInt64: Thread] = [:]
    /// The frames outside of chunks at the previous reading. Most are still there.
    private var strays: [UInt64] = []

    init(_ layout: StackLayout) { self.layout = layout }

    /// The codes of the functions that the holder of `lock` is in, the innermost first: addresses of code objects, or of
    /// whatever a frame has instead of one.
    ///
    /// - Returns: an empty stack for a thread that runs no Python code.
    mutating func read(
        holderOf lock: Lock,
        in memory: some MemorySource
    ) throws(Failure) -> (codes: [UInt64], isCut: Bool) {
        try read(threadAt: lock.state.lastHolder, holding: lock, memory)
    }

    /// The same of a thread that waits, which therefore stays where it is.
    ///
    /// - Parameter thread: the address of its thread state.
    mutating func read(
        waiterAt thread: UInt64,
        in memory: some MemorySource
    ) throws(Failure) -> (codes: [UInt64], isCut: Bool) {
        try read(threadAt: thread, holding: nil, memory)
    }

    private mutating func read(
        threadAt address: UInt64,
        holding lock: Lock?,
        _ memory: some MemorySource
    ) throws(Failure) -> (codes: [UInt64], isCut: Bool) {
        var failure = Failure.torn
        for _ in 1...Self.maxAttempts {
            do throws(Failure) {
                return try attempt(address, lock, memory)
            } catch {
                failure = error
                if error == .retaken { break }
            }
        }
        throw failure
    }

    /// The fields of a thread state.
    private struct Thread: Equatable {
        var top: UInt64
        var chunk: UInt64 = 0
        var chunkEnd: UInt64 = 0
        /// Its outermost frame, and another one at the previous reading.
        var root: UInt64 = 0
        var newRoot: UInt64 = 0
    }

    private func threadRanges(_ thread: UInt64) -> [MemoryRange] {
        let top =
            switch layout.top {
            case .inThread(let offset), .inCFrame(let offset, _): offset
            }
        var ranges = [MemoryRange(thread &+ top, count: 8)]
        if let chunk = layout.chunk { ranges.append(MemoryRange(thread &+ chunk, count: 16)) }
        return ranges
    }

    /// What the thread had when it was read last, or what it has now.
    private mutating func thread(at address: UInt64, _ memory: some MemorySource) throws(Failure) -> Thread {
        // What is remembered may be wrong; only what is read with the stack is remembered again.
        if let known = threads.removeValue(forKey: address) { return known }
        return thread(try Self.read(threadRanges(address), memory))
    }

    private func thread(_ bytes: [UInt8]) -> Thread {
        guard layout.chunk != nil else { return Thread(top: bytes.word(at: 0)) }
        return Thread(top: bytes.word(at: 0), chunk: bytes.word(at: 8), chunkEnd: bytes.word(at: 16))
    }

    /// A stretch of memory that has been read, with frames in it.
    private struct Region {
        var start: UInt64
        var count: UInt64
        /// In the bytes that were read.
        var offset: Int
        /// Whether it is a chunk, or else a frame.
        var isChunk = false
    }

    private mutating func attempt(
        _ address: UInt64,
        _ lock: Lock?,
        _ memory: some MemorySource
    ) throws(Failure) -> (codes: [UInt64], isCut: Bool) {
        let threadRanges = threadRanges(address)
        let before = try thread(at: address, memory)
        var ranges = threadRanges
        var size = threadRanges.reduce(0) { $0 + $1.count }
        func add(_ range: MemoryRange) -> Int {
            ranges.append(range)
            size += range.count
            return size - range.count
        }
        var cFrame: Int?
        if case .inCFrame(_, let offset) = layout.top, before.top != 0 {
            cFrame = add(MemoryRange(before.top &+ offset, count: 8))
        }
        var regions: [Region] = []
        var reach = UInt64.max
        if let range = Self.usedRange(before.chunk, end: before.chunkEnd) {
            let offset = add(range)
            reach = range.address + UInt64(range.count)
            regions.append(Region(start: range.address, count: UInt64(range.count), offset: offset, isChunk: true))
        }
        let span = frameSpan
        for stray in strays {
            let range = MemoryRange(stray &+ span.start, count: span.count)
            regions.append(Region(start: range.address, count: UInt64(range.count), offset: add(range)))
        }
        let lockOffset = lock.map { add($0.range) }
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try Self.read(ranges, memory)
        } catch {
            strays = []
            throw error
        }
        if let lock, let lockOffset, !lock.hasNotBeenRetaken(bytes, at: lockOffset) { throw .retaken }
        var after = thread(bytes)
        (after.root, after.newRoot) = (before.root, before.newRoot)
        if threads.count >= Self.maxThreads { threads = [:] }
        threads[address] = after
        guard after.chunk == before.chunk, after.chunkEnd <= reach, cFrame == nil || after.top == before.top else {
            throw .torn
        }
        let top = cFrame.map { bytes.word(at: $0) } ?? after.top

        var walk = Walk(regions: regions, bytes: bytes, chunk: before.chunk)
        // Kept even if there are too many for one attempt: the next one reads them at once.
        defer { strays = walk.strays }
        try follow(from: top, &walk, memory)
        // A generator that was left meanwhile has no caller, and would end the stack too early.
        if walk.isCut || walk.root == before.root {
            threads[address]?.newRoot = 0
        } else {
            threads[address]?.newRoot = walk.root
            guard walk.root == before.newRoot else { throw .torn }
            threads[address]?.root = walk.root
        }
        if let lock, walk.hasReadMore { try verify(lock, in: memory) }
        return (walk.codes, walk.isCut)
    }

    /// The part of a chunk that has frames, and a little more in case that there are more now.
    private static func usedRange(_ chunk: UInt64, end: UInt64) -> MemoryRange? {
        let data = chunk &+ StackLayout.Chunk.data
        // No process has memory in the upper half of the addresses, whose sums would overflow.
        guard chunk != 0, end > data, end - data <= ProcessMemory.maxBytes / 2, end < 1 << 63 else { return nil }
        let start = end - data > maxChunkBytes ? end - maxChunkBytes : data
        // A chunk has 16 KiB or a power of two more (push_chunk of pystate.c), and ends at the end of a page.
        let stop = min(end &+ reserve, max(chunk &+ minChunkBytes, (end &+ 4095) & ~4095))
        return MemoryRange(start, count: Int(stop - start))
    }

    /// The fields of a frame, from the first to the last that is used.
    private var frameSpan: (start: UInt64, count: Int) {
        let start = min(layout.frame.code, layout.frame.previous)
        let end = max(max(layout.frame.code, layout.frame.previous) + 8, (layout.frame.owner ?? 0) + 1)
        return (start, Int(end - start))
    }

    private struct Walk {
        var regions: [Region]
        var bytes: [UInt8]
        /// The oldest chunk that has been read.
        var chunk: UInt64
        var chunks = 1
        var codes: [UInt64] = []
        var strays: [UInt64] = []
        var singleReads = 0
        var isCut = false
        /// The outermost frame.
        var root: UInt64 = 0
        var hasReadMore = false

        /// The region of the newest frame. The next frame often is in the next one.
        private var current = 0

        init(regions: [Region], bytes: [UInt8], chunk: UInt64) {
            (self.regions, self.bytes, self.chunk) = (regions, bytes, chunk)
        }

        /// Where `range` is in ``bytes``, and whether it is part of a chunk.
        mutating func find(_ range: MemoryRange) -> (offset: Int, isInChunk: Bool)? {
            func distance(in region: Region) -> UInt64? {
                let distance = range.address &- region.start
                return distance < region.count && UInt64(range.count) <= region.count - distance ? distance : nil
            }
            for step in regions.indices {
                let index = (current + step) % regions.count
                guard let distance = distance(in: regions[index]) else { continue }
                current = index
                return (regions[index].offset + Int(distance), regions[index].isChunk)
            }
            return nil
        }

        mutating func add(_ range: MemoryRange, _ content: [UInt8], isChunk: Bool) -> Int {
            regions.append(
                Region(start: range.address, count: UInt64(range.count), offset: bytes.count, isChunk: isChunk)
            )
            bytes += content
            hasReadMore = true
            return bytes.count - content.count
        }
    }

    private func follow(from top: UInt64, _ walk: inout Walk, _ memory: some MemorySource) throws(Failure) {
        let span = frameSpan
        var frame = top
        var frames: [UInt64] = []
        while frame != 0 {
            guard frame.isMultiple(of: 8) else { throw .torn }
            guard walk.codes.count < Self.maxDepth, frames.count < Self.maxFrames else {
                // Frames that were freed and used again can make a circle.
                guard Set(frames).count == frames.count else { throw .torn }
                walk.isCut = true
                return
            }
            frames.append(frame)
            let offset = try offset(of: MemoryRange(frame &+ span.start, count: span.count), frame, &walk, memory)
            func word(_ field: UInt64) -> UInt64 { walk.bytes.word(at: offset + Int(field - span.start)) }
            let code = word(layout.frame.code) & StackLayout.referenceMask
            let owner = layout.frame.owner.map { walk.bytes[offset + Int($0 - span.start)] } ?? 0
            if owner < StackLayout.firstOwnerWithoutCode, code != 0 { walk.codes.append(code) }
            frame = word(layout.frame.previous)
        }
        walk.root = frames.last ?? 0
    }

    /// Where the fields of a frame are in what was read; reads them if they are not there.
    private func offset(
        of range: MemoryRange,
        _ frame: UInt64,
        _ walk: inout Walk,
        _ memory: some MemorySource
    ) throws(Failure) -> Int {
        if let known = walk.find(range) {
            if !known.isInChunk { walk.strays.append(frame) }
            return known.offset
        }
        if try readPreviousChunk(&walk, containing: range, memory), let known = walk.find(range) { return known.offset }
        walk.singleReads += 1
        guard walk.singleReads <= Self.maxSingleReads else { throw .torn }
        walk.strays.append(frame)
        return walk.add(range, try Self.read([range], memory), isChunk: false)
    }

    /// Reads the chunk before the oldest one that has been read, if the range is in it.
    private func readPreviousChunk(
        _ walk: inout Walk,
        containing range: MemoryRange,
        _ memory: some MemorySource
    ) throws(Failure) -> Bool {
        guard walk.chunk != 0, walk.chunks < Self.maxChunks else { return false }
        let link = MemoryRange(walk.chunk &+ StackLayout.Chunk.previous, count: 8)
        let previous = try Self.read([link], memory).word(at: 0)
        guard previous != 0 else { return false }
        let header = try Self.read([MemoryRange(previous, count: Int(StackLayout.Chunk.data))], memory)
        let size = header.word(at: Int(StackLayout.Chunk.size))
        guard size <= UInt64(ProcessMemory.maxBytes), range.address >= previous, range.address - previous < size else {
            return false
        }
        // The number of words in use.
        let top = header.word(at: Int(StackLayout.Chunk.top))
        guard top <= size / 8,
            let used = Self.usedRange(previous, end: previous &+ StackLayout.Chunk.data &+ 8 &* top)
        else { throw .torn }
        _ = walk.add(used, try Self.read([used], memory), isChunk: true)
        (walk.chunk, walk.chunks) = (previous, walk.chunks + 1)
        return true
    }

    /// Throws if the holder may run Python code in another hold than the one that was seen.
    func verify(_ lock: Lock, in memory: some MemorySource) throws(Failure) {
        guard lock.hasNotBeenRetaken(try Self.read([lock.range], memory), at: 0) else { throw .retaken }
    }

    /// A buffer for each reading, because a kept one of every process would be most of the memory of profiles.
    private static func read(_ ranges: [MemoryRange], _ memory: some MemorySource) throws(Failure) -> [UInt8] {
        do {
            return try memory.bytes(ranges)
        } catch {
            throw .torn
        }
    }
}
