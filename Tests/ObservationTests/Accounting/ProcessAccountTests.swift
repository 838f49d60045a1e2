import Linux
import Testing

@testable import Observation

struct ProcessAccountTests {
    private static func stat(user: Int, system: Int, threads: Int = 3) -> String {
        "7 (python3) S 1 7 7 0 -1 0 0 0 0 0 \(user) \(system) 0 0 20 0 \(threads) 0 99 1000 10 0\n"
    }

    @Test func `what was used before is not counted, unless the process is newborn`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(Self.stat(user: 100, system: 50), to: "\(pid)/stat")
        let files = ProcessFiles(proc: tree.path, pid: pid)
        var old = ProcessAccount(files, isNewborn: false)
        var newborn = ProcessAccount(files, isNewborn: true)
        #expect(old.increment(1000)?.user == .zero)
        #expect(newborn.increment(1000)?.user == ClockTicks.duration(100))

        try tree.write(Self.stat(user: 130, system: 60), to: "\(pid)/stat")
        for increment in [old.increment(1000), newborn.increment(1000)] {
            #expect(increment?.user == ClockTicks.duration(30))
            #expect(increment?.system == ClockTicks.duration(10))
            #expect(increment?.threads == 3)
            // No task directory here.
            #expect(increment?.runQueue == nil)
        }
    }

    @Test func `what seems to go back is nothing, and is not counted twice`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid), isNewborn: true)
        let increments = try [100, 90, 110].map { user in
            try tree.write(Self.stat(user: user, system: 0), to: "\(pid)/stat")
            return account.increment(1000)?.user
        }
        #expect(increments == [100, 0, 10].map { ClockTicks.duration($0) })
    }

    @Test func `a thread that ends takes nothing away, and a new one adds all of its own`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(Self.stat(user: 0, system: 0), to: "\(pid)/stat")
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid), isNewborn: false)
        try tree.setThreads([7: 1000, 8: 500], of: pid)
        #expect(account.increment(1000)?.runQueue == .zero)
        try tree.setThreads([7: 1300, 9: 40], of: pid)
        try tree.write(Self.stat(user: 1, system: 0), to: "\(pid)/stat")
        #expect(account.increment(1000)?.runQueue == .nanoseconds(340))
    }

    @Test func `a single thread goes on counting when others come and go`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid), isNewborn: false)
        let looks = [[pid: 1000], [pid: 1200], [pid: 1500, pid + 1: 70], [pid: 1600]]
        let increments = try looks.enumerated().map { number, threads in
            try tree.write(Self.stat(user: number, system: 0, threads: threads.count), to: "\(pid)/stat")
            try tree.setThreads(threads, of: pid)
            return account.increment(1000)?.runQueue
        }
        #expect(increments == [0, 200, 370, 100].map { .nanoseconds($0) })
    }

    @Test func `threads that have not run for a tick are not looked at, and lose nothing`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(Self.stat(user: 5, system: 0), to: "\(pid)/stat")
        try tree.setThreads([7: 1000], of: pid)
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid), isNewborn: false)
        #expect(account.increment(1000)?.runQueue == .zero)
        try tree.setThreads([7: 1300], of: pid)
        #expect(account.increment(1000)?.runQueue == .zero)
        try tree.write(Self.stat(user: 5, system: 1), to: "\(pid)/stat")
        #expect(account.increment(1000)?.runQueue == .nanoseconds(300))
    }

    @Test func `a process that has gone has no increment`() throws {
        let tree = try FakeProc()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: 1), isNewborn: true)
        #expect(account.increment(1000) == nil)
    }

    @Test
    func `of more threads than may be looked at, the others have their turn with the next looks, and lose nothing`()
        throws
    {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid), isNewborn: false)
        let threads = Array(pid..<pid + 5)
        func look(_ wait: Int, ticks: Int) throws -> Duration? {
            try tree.write(Self.stat(user: ticks, system: 0, threads: threads.count), to: "\(pid)/stat")
            try tree.setThreads(Dictionary(uniqueKeysWithValues: threads.map { ($0, wait) }), of: pid)
            return account.increment(2)?.runQueue
        }
        // The first three looks learn what the threads had waited before.
        for number in 0..<3 { #expect(try look(1000, ticks: number) == .zero) }
        let waited = try (0..<5).map { try look(1100, ticks: 3 + $0) ?? .zero }.reduce(.zero, +)
        #expect(waited == .nanoseconds(500))
    }

    @Test func `where no thread may be looked at, nothing is known`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(Self.stat(user: 1, system: 0), to: "\(pid)/stat")
        try tree.setThreads([pid: 1000], of: pid)
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid), isNewborn: true)
        let increment = account.increment(0)
        #expect(increment?.user == ClockTicks.duration(1))
        #expect(increment?.runQueue == nil)
    }
}

extension ProcessAccount {
    /// - Parameter allowance: of threads.
    fileprivate mutating func increment(_ allowance: Int) -> Increment? {
        var allowance = allowance
        return increment(threads: &allowance)
    }
}
