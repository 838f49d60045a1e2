import Glibc
import Linux
import Synchronization
import Testing

struct POSIXThreadTests {
    @Test func `a joined thread has done its work`() throws {
        let results = Protected([Int]())
        let thread = try POSIXThread { results.withLock { $0.append(7) } }
        thread.join()
        #expect(results.withLock { $0 } == [7])
    }

    @Test func `a thread has a name that ps shows`() throws {
        let names = Protected([String]())
        let thread = try POSIXThread(name: "a-name-for-a-thread") {
            let name = (try? ProcFile.read("/proc/thread-self/comm")).map { String(decoding: $0, as: UTF8.self) }
            names.withLock { $0.append(name ?? "") }
        }
        thread.join()
        #expect(names.withLock { $0 } == ["a-name-for-a-th\n"])
    }

    @Test func `a thread may request a faster wake-up, and its creator keeps its policy`() throws {
        let before = sched_getscheduler(0)
        let seen = Protected<[(SchedulingPolicy, CInt)]>([])
        let thread = try POSIXThread {
            let promptness = SchedulingPolicy.requestFastestWakeUp()
            seen.withLock { $0.append((promptness, sched_getscheduler(0))) }
        }
        thread.join()
        let (promptness, policy) = try #require(seen.withLock { $0.first })
        // sched_getscheduler(2) adds SCHED_RESET_ON_FORK.
        #expect((policy & ~0x4000_0000 == SCHED_FIFO) == (promptness == .realtime))
        #expect(sched_getscheduler(0) == before)
    }

    @Test func `a thread with another time slice keeps its nice value`() throws {
        let seen = Protected<[CInt]>([])
        let thread = try POSIXThread {
            ThreadPriority.lower()
            let before = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            SchedulingPolicy.requestSlice(.milliseconds(1))
            let after = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            seen.withLock { $0 = [before, after] }
        }
        thread.join()
        #expect(seen.withLock { $0 } == [5, 5])
    }

    @Test func `a thread has the time slice that it requested, and one that it creates has the usual one`() throws {
        let seen = Protected<[Duration?]>([])
        let usual = SchedulingPolicy.slice()
        let thread = try POSIXThread {
            guard SchedulingPolicy.requestSlice(.microseconds(300)) else { return }
            seen.withLock { $0.append(SchedulingPolicy.slice()) }
            let other = try? POSIXThread { seen.withLock { $0.append(SchedulingPolicy.slice()) } }
            other?.join()
        }
        thread.join()
        #expect(seen.withLock { $0 } == (usual == nil ? [] : [.microseconds(300), usual]))
    }

    @Test func `captured values are released when the thread has ended`() throws {
        let released = Protected(false)
        try runToItsEnd(Canary(released))
        #expect(released.withLock { $0 })
    }

    @Test func `signals for the daemon do not reach the thread, and its creator's mask is unchanged`() throws {
        let before = blockedSignals()
        let blocked = Protected<[CInt]>([])
        let thread = try POSIXThread {
            let signals = blockedSignals()
            blocked.withLock { $0 = signals }
        }
        thread.join()
        let inThread = blocked.withLock { $0 }
        for signal in [SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGALRM, SIGUSR1] { #expect(inThread.contains(signal)) }
        #expect(blockedSignals() == before)
    }

    private func runToItsEnd(_ canary: consuming Canary) throws {
        let thread = try POSIXThread { [canary] in withExtendedLifetime(canary) {} }
        thread.join()
    }
}

private final class Canary: Sendable {
    private let released: Protected<Bool>

    init(_ released: Protected<Bool>) { self.released = released }

    deinit { released.withLock { $0 = true } }
}

private func blockedSignals() -> [CInt] {
    var mask = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
    return (1...CInt(31)).filter { unsafe sigismember(&mask, $0) == 1 }
}

struct AffinityTests {
    @Test func `CPU numbers are in ascending order`() throws {
        let cpus = try Affinity.ofCallingThread()
        #expect(!cpus.isEmpty)
        #expect(cpus == Set(cpus).sorted())
    }

    @Test func `the CPUs are those that /proc lists`() throws {
        let status = String(decoding: try ProcFile.read("/proc/thread-self/status"), as: UTF8.self)
        let list = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
        let ranges = try #require(list.split(separator: "\t").last).split(separator: ",")
        let cpus = ranges.flatMap { range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            return Array(ends[0]...ends[ends.count - 1])
        }
        #expect(try Affinity.ofCallingThread() == cpus)
    }
}

struct ThreadPriorityTests {
    @Test func `a thread's priority is lowered for that thread alone`() throws {
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        let before = getpriority(process, 0)
        let seen = Protected<[CInt]>([])
        try POSIXThread {
            ThreadPriority.lower()
            ThreadPriority.lower()
            seen.withLock { $0.append(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)) }
        }.join()
        #expect(seen.withLock { $0 } == [max(5, before)])
    }

    @Test func `a thread's priority is raised for that thread alone, and keeps its time slice`() throws {
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        let before = getpriority(process, 0)
        let seen = Protected<[CInt]>([])
        let slices = Protected<[Duration?]>([])
        let isAllowed = Protected(false)
        let mayRaise = Protected(false)
        try POSIXThread {
            let result = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, before - 5)
            mayRaise.withLock { $0 = result == 0 }
        }.join()
        try POSIXThread {
            slices.withLock { $0.append(SchedulingPolicy.slice()) }
            isAllowed.withLock { $0 = ThreadPriority.raise() }
            slices.withLock { $0.append(SchedulingPolicy.slice()) }
            seen.withLock { $0.append(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)) }
            try? POSIXThread {
                seen.withLock { $0.append(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)) }
            }.join()
        }.join()
        #expect(isAllowed.withLock { $0 } == mayRaise.withLock { $0 })
        let raised = isAllowed.withLock { $0 } ? max(-20, before - 5) : before
        #expect(seen.withLock { $0 } == [raised, max(raised, 0)])
        #expect(getpriority(process, 0) == before)
        #expect(slices.withLock { Set($0).count } == 1)
    }
}
