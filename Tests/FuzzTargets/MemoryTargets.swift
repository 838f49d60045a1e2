import Linux

@testable import Observation

extension FuzzTarget {
    /// Finding the locks of an interpreter, and reading them.
    static let interpreter = FuzzTarget("interpreter", maxLength: 16384) { input in
        let memory = FuzzedMemory(&input)
        var budget = SearchBudget(.small)
        guard var reader = try? GILReader(of: memory.location, in: memory, within: &budget) else { return }
        try require(budget.spent <= budget.reads, "a search keeps its budget")
        try requirePossible(reader.states)
        let found = reader.states
        do {
            try reader.read(memory)
            try require(reader.states == found, "the same memory is read the same")
        } catch is ReadingError {
            throw FuzzFailure(description: "what was found can be read again")
        }
    }

    /// The sums of a process whose memory changes while it is sampled: the operations behind the segments write a word,
    /// take a sample, restore the memory, or let it vanish.
    static let sampling = FuzzTarget("sampling", maxLength: 16384, testExecutions: 300) { input in
        let intact = FuzzedMemory(&input)
        var present = intact
        let memory = ChangingMemory(intact)
        let process = intact.location.process
        var sampled = SampledProcess(
            intact.location,
            memory: memory,
            isProfiled: true,
            kernel: { _ in KernelRecord(process, threads: threads) },
            cpuClock: { _ in nil }
        )
        var searches = SearchLimiter(cpuBudget: 1) { 0 }
        let start: UInt64 = 5_000_000_000
        var now = start
        var before = ProcessObservation?.none
        // Locks that are gone have been held, too.
        var mostLocks = 1
        for _ in 0..<maxOperations where !input.isEmpty {
            let operation = input.byte()
            switch operation % 4 {
            case 0: present.write(input.number(), segment: Int(input.byte()), offset: Int(input.number(UInt16.self)))
            case 1: present = intact
            case 2: present.failure = present.failure == nil ? .unmapped : nil
            default:
                memory.become(present)
                now += UInt64(operation >> 2) * 1_000_000
                sampled.sample(&searches, maxGap: 1_000_000_000, waiterWeight: 1) { now }
                guard let seen = sampled.tracked.observation else { continue }
                mostLocks = max(mostLocks, seen.lockCount)
                try requirePossible(seen, locks: mostLocks, after: before, in: .nanoseconds(Int64(now - start)))
                before = seen
            }
        }
        if let profile = sampled.takeProfile() {
            try require(
                profile.holders.total.held <= (now - start) * UInt64(mostLocks),
                "stacks hold the lock for no longer than was observed"
            )
        }
    }

    /// The kernel's number of threads.
    private static let threads = 4
    private static let maxOperations = 64

    private static func requirePossible(
        _ seen: ProcessObservation,
        locks lockCount: Int,
        after before: ProcessObservation?,
        in elapsed: Duration
    ) throws(FuzzFailure) {
        let (observed, locks) = (seen.observed, seen.locks)
        try require(observed <= elapsed, "no more is observed than has passed")
        try require(locks.held <= observed * lockCount, "a lock is held while it is observed")
        try require(locks.wait <= observed * threads, "no more threads wait than exist")
        try require((seen.waitingThreads ?? 0) <= threads, "no more threads wait than exist now")
        try require(locks.waitsEnded <= locks.switches, "each wait ends with a switch")
        try require(seen.active <= observed, "no more is active than observed")
        guard let before else { return }
        try require(
            observed >= before.observed && locks.held >= before.locks.held && locks.wait >= before.locks.wait
                && locks.switches >= before.locks.switches && locks.waitsEnded >= before.locks.waitsEnded
                && seen.samples >= before.samples,
            "counters do not go back"
        )
    }

    private static func requirePossible(_ states: [GILState]) throws(FuzzFailure) {
        for state in states {
            try require(state.switchInterval >= 1, "a switch interval is not 0")
            try require(!state.isHeld || state.lastHolder != 0, "a lock that is held has a holder")
            for condition in [state.contenders, state.droppers] {
                try require(condition?.waitingThreads ?? 0 <= 1 << 22, "no more threads wait than a host can have")
            }
        }
    }

    /// The table by which an interpreter describes itself.
    static let debugOffsets = FuzzTarget("debug-offsets", maxLength: 1024) { input in
        let architecture = input.choice([Architecture.amd64, .arm64])
        let bytes = input.all()
        guard let table = try? DebugOffsets(parsing: bytes, expected: nil, architecture) else { return }
        let layout = table.layout
        try require(
            layout.version.major == 3 && (13...15).contains(layout.version.minor),
            "the version describes itself"
        )
        for offset in [
            layout.interpreter.next, layout.interpreter.id, layout.interpreter.threadsHead, layout.thread.next,
        ] {
            try require(offset.isMultiple(of: 8) && offset <= 16 << 20, "an offset is within its structure")
        }
        _ = try? StackLayout(of: layout, at: 0, in: Table(bytes: bytes))
    }

    /// Memory from address 0 on.
    private struct Table: MemorySource {
        let bytes: [UInt8]

        func read(_ ranges: [MemoryRange], into result: inout [UInt8]) throws(ProcessMemoryError) {
            result = []
            for range in ranges {
                guard range.address <= UInt64(bytes.count), range.count <= bytes.count - Int(range.address) else {
                    throw .unmapped
                }
                result += bytes[Int(range.address)..<Int(range.address) + range.count]
            }
        }

        func renew() {}
    }

    /// The frames and code objects of the thread that holds a lock, whose address comes first.
    static let stack = FuzzTarget("stack", maxLength: 16384) { input in
        let lock: UInt64 = input.number()
        let memory = FuzzedMemory(&input)
        guard let layout = try? InterpreterLayout(of: memory.location, in: memory),
            let described = try? StackLayout(of: layout, at: memory.location.runtime, in: memory),
            let bytes = try? memory.bytes([MemoryRange(lock, count: layout.gil.size)]),
            let state = try? GILState(parsing: bytes, layout: layout.gil, conditions: nil)
        else { return }
        var profiler = LockProfiler()
        profiler.adopt(described)
        let cost = LockCost(held: 5, wait: 7)
        // Twice, because what is remembered of the first reading shortens the second.
        for turn: UInt64 in 0..<2 {
            let stack = profiler.stack(
                of: StackReader.Lock(address: lock, layout: layout.gil, state: state),
                at: turn * 20_000_000_000,
                memory
            )
            try require(!stack.isEmpty && stack.count <= StackReader.maxDepth + 1, "a stack has a bounded depth")
            profiler.charge(stack, cost)
        }
        let profile = profiler.take()
        try require(profile.total == LockCost(held: 10, wait: 14), "all that is charged is in the profile")
        for function in profile.functions {
            // With the sign of an omission, and four bytes for each character.
            try require(function.name.utf8.count <= 4 * (CodeObjects.maxNameLength + 1), "a name is short")
            try require(function.file.utf8.count <= 4 * (CodeObjects.maxFileLength + 1), "a path is short")
            try require(!function.name.utf8.contains { $0 < 32 }, "a name has no control characters")
        }
        var reader = StackReader(described)
        if let (codes, _) = try? reader.read(waiterAt: state.lastHolder, in: memory) {
            try require(codes.count <= StackReader.maxDepth, "a stack has a bounded depth")
        }
    }
}
