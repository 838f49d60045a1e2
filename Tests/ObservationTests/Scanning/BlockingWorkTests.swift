import Glibc
import Linux
import TestSupport
import Testing

@testable import Observation

struct BlockingWorkTests {
    /// Blocks all that wait until it is opened.
    private final class Gate: Sendable {
        private let reader: CInt
        private let writer: Protected<CInt?>

        init() throws {
            var ends: [CInt] = [0, 0]
            guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe") }
            reader = ends[0]
            writer = Protected(ends[1])
        }

        deinit {
            open()
            close(reader)
        }

        func wait() {
            var byte: UInt8 = 0
            unsafe _ = read(reader, &byte, 1)
        }

        func open() {
            writer.withLock { writer in
                if let descriptor = writer { close(descriptor) }
                writer = nil
            }
        }
    }

    private static func work(maxStuck: Int = 8) -> BlockingWork {
        BlockingWork(BlockingWork.Limits(patience: .milliseconds(100), maxStuck: maxStuck))
    }

    private static func answers(_ outcomes: [BlockingWork.Outcome<Int>]) -> [Int?] {
        outcomes.map { outcome in if case .done(let value) = outcome { value } else { nil } }
    }

    @Test func `work that does not end is left behind, and the rest is done`() throws {
        let gate = try Gate()
        let work = Self.work()
        let outcomes = work.map([1, 2, 3], owner: { _ in 0 }) { item, _ in
            if item == 2 { gate.wait() }
            return item
        }
        #expect(Self.answers(outcomes) == [1, nil, 3])
        guard case .stuck(let call) = outcomes[1] else {
            Issue.record("\(outcomes[1])")
            return
        }
        #expect(work.isStuck(call))
        gate.open()
        while work.isStuck(call) { sched_yield() }
        #expect(work.stuck == 0)
    }

    @Test func `work that is busy for longer than the patience is not left behind`() {
        let work = Self.work()
        let outcomes = work.map([1], owner: { _ in 0 }) { item, _ in
            let began = KernelClock.threadCPU()
            while KernelClock.threadCPU() - began < 300_000_000 {}
            return item
        }
        #expect(Self.answers(outcomes) == [1])
        #expect(work.cpuTime >= 300_000_000)
    }

    @Test func `no work is begun when one thread more than the limit is stuck`() throws {
        let gate = try Gate()
        let work = Self.work(maxStuck: 2)
        let outcomes = work.map(Array(0..<5), owner: { _ in 0 }) { item, _ in
            gate.wait()
            return item
        }
        let refused = outcomes.count { if case .refused = $0 { true } else { false } }
        #expect(refused == 2)
        #expect(work.stuck == 3)
        #expect(work.blindness == .unresponsive)
        #expect(Self.answers(work.map([1], owner: { _ in 0 }) { item, _ in item }) == [nil])
        gate.open()
        while work.stuck > 0 { sched_yield() }
        #expect(Self.answers(work.map([1], owner: { _ in 0 }) { item, _ in item }) == [1])
    }

    @Test(.disabled(if: Sanitizer.isActive, "a sanitizer needs terabytes of address space"))
    func `work for which the system has no thread is postponed`() async {
        await #expect(processExitsWith: .success) {
            try ThreadShortage.begin()
            let work = BlockingWork()
            let outcomes = work.map([1, 2], owner: { _ in 0 }) { item, _ in item }
            #expect(outcomes.count { if case .postponed = $0 { true } else { false } } == 2)
            #expect(work.blindness == .noThread)
        }
    }

    @Test func `one user's files do not take all places`() throws {
        let gate = try Gate()
        let work = Self.work()
        // The hundreds of an item are its user.
        let outcomes = work.map([101, 102, 103, 104, 200], owner: { UInt32($0 / 100) }) { item, _ in
            if item < 200 { gate.wait() }
            return item
        }
        #expect(work.stuck == 2)
        #expect(Self.answers(outcomes) == [nil, nil, nil, nil, 200])
        gate.open()
        while work.stuck > 0 { sched_yield() }
    }

    @Test func `a device that does not answer is not asked again`() throws {
        let gate = try Gate()
        let work = Self.work()
        let outcomes = work.map([7, 7, 8], owner: { _ in 0 }) { device, call in
            call.touching(UInt64(device)) { () -> Int in
                if device == 7 { gate.wait() }
                return device
            } ?? -1
        }
        #expect(Self.answers(outcomes) == [nil, -1, 8])
        #expect(work.stuck == 1)
        gate.open()
        while work.stuck > 0 { sched_yield() }
        #expect(Self.answers(work.map([7], owner: { _ in 0 }) { $1.touching(UInt64($0)) { 70 } ?? -1 }) == [70])
    }

    @Test func `at the limit only devices that have answered before are asked`() throws {
        let gate = try Gate()
        let work = Self.work(maxStuck: 1)
        let outcomes = work.map([1, 2, 1, 3], owner: { _ in 0 }) { device, call in
            call.touching(UInt64(device)) { () -> Int in
                if device == 2 { gate.wait() }
                return device
            } ?? -1
        }
        #expect(Self.answers(outcomes) == [1, nil, 1, -1])
        gate.open()
        while work.stuck > 0 { sched_yield() }
    }
}
