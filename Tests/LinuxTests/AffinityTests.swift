import Linux
import Synchronization
import Testing

struct AffinityTests {
    @Test func `a thread may run on CPUs that are numbered in ascending order`() throws {
        let cpus = try Affinity.ofCallingThread()
        #expect(!cpus.isEmpty)
        #expect(cpus == Set(cpus).sorted())
    }

    @Test func `a restriction holds for the thread that asked for it, and for no other`() throws {
        let before = try Affinity.ofCallingThread()
        let last = try #require(before.last)
        let seen = Protected<[Int]?>(nil)
        let thread = try POSIXThread {
            guard (try? Affinity.restrictCallingThread(to: [last])) != nil else { return }
            let cpus = try? Affinity.ofCallingThread()
            seen.withLock { $0 = cpus }
        }
        thread.join()
        #expect(seen.withLock { $0 } == [last])
        #expect(try Affinity.ofCallingThread() == before)
    }

    @Test func `a mask without a CPU is refused, and the error names it`() throws {
        let error = try #require(throws: SystemError.self) { try Affinity.restrictCallingThread(to: []) }
        #expect(error.description == "sched_setaffinity to CPUs []: Invalid argument")
    }
}
