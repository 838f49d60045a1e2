import Linux
import TestSupport
import Testing

@testable import Observation

struct ProcessAccountTests {
    private static func stat(user: Int, system: Int, threads: Int = 3) -> String {
        "7 (python3) S 1 7 7 0 -1 0 0 0 0 0 \(user) \(system) 0 0 20 0 \(threads) 0 99 1000 10 0\n"
    }

    @Test func `earlier usage is not counted`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(Self.stat(user: 100, system: 50), to: "\(pid)/stat")
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        #expect(account.usage(1000)?.user == .zero)

        try tree.write(Self.stat(user: 130, system: 60), to: "\(pid)/stat")
        let usage = account.usage(1000)
        #expect(usage?.user == ClockTicks.duration(30))
        #expect(usage?.system == ClockTicks.duration(10))
        #expect(usage?.threads == 3)
        // There is no task directory.
        #expect(usage?.runQueue == nil)
    }

    @Test func `a time that seems to go back is not counted twice`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        let usages = try [100, 90, 110].map { user in
            try tree.write(Self.stat(user: user, system: 0), to: "\(pid)/stat")
            return account.usage(1000)?.user
        }
        #expect(usages == [0, 0, 10].map { ClockTicks.duration($0) })
    }

    @Test func `a thread that ends subtracts nothing, and a new one counts from its start`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(Self.stat(user: 0, system: 0), to: "\(pid)/stat")
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        try tree.setThreads([7: 1000, 8: 500], of: pid)
        #expect(account.usage(1000)?.runQueue == .zero)
        try tree.setThreads([7: 1300, 9: 40], of: pid)
        try tree.write(Self.stat(user: 1, system: 0), to: "\(pid)/stat")
        #expect(account.usage(1000)?.runQueue == .nanoseconds(340))
    }

    @Test func `a thread that cannot be read for lack of descriptors does not count anew`() async {
        await #expect(processExitsWith: .success) {
            let tree = try FakeProc()
            let pid = try tree.addEmpty()
            var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
            var waits: [Duration?] = []
            for (number, wait) in [1000, 1100, 1300].enumerated() {
                try tree.write(Self.stat(user: number, system: 0), to: "\(pid)/stat")
                try tree.setThreads([7: wait, 8: 500], of: pid)
                if number == 1 { DescriptorShortage.begin() }
                waits.append(account.usage(1000)?.runQueue)
                DescriptorShortage.end()
            }
            #expect(waits == [.zero, nil, .nanoseconds(300)])
        }
    }

    @Test func `a thread continues to count when others come and go`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        let looks = [[pid: 1000], [pid: 1200], [pid: 1500, pid + 1: 70], [pid: 1600]]
        let usages = try looks.enumerated().map { number, threads in
            try tree.write(Self.stat(user: number, system: 0, threads: threads.count), to: "\(pid)/stat")
            try tree.setThreads(threads, of: pid)
            return account.usage(1000)?.runQueue
        }
        #expect(usages == [0, 200, 370, 100].map { .nanoseconds($0) })
    }

    @Test func `threads that have not run for a tick are not read, and lose nothing`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.write(Self.stat(user: 5, system: 0), to: "\(pid)/stat")
        try tree.setThreads([7: 1000], of: pid)
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        #expect(account.usage(1000)?.runQueue == .zero)
        try tree.setThreads([7: 1300], of: pid)
        #expect(account.usage(1000)?.runQueue == .zero)
        try tree.write(Self.stat(user: 5, system: 1), to: "\(pid)/stat")
        #expect(account.usage(1000)?.runQueue == .nanoseconds(300))
    }

    @Test func `the files of a process that has not run are not read`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        let looks: [(ticks: Int, clock: UInt64?, user: Int)] = [
            (7, 1000, 0), (8, 1000, 0), (9, 1001, 2), (10, nil, 1), (11, nil, 1), (12, 1001, 1),
        ]
        for look in looks {
            try tree.write(Self.stat(user: look.ticks, system: 0), to: "\(pid)/stat")
            var threads = 1000
            let usage = account.usage(threads: &threads, cpu: look.clock)
            #expect(usage?.user == ClockTicks.duration(UInt64(look.user)) && usage?.threads == 3)
        }
    }

    @Test func `whether a process has run is what the scan has read of its CPU clock`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        let process = ProcessIdentity(pid: pid, startTime: 1)
        var scanner = ProcessScanner(proc: tree.path)
        scanner.open(accountOf: process)
        for (ticks, clock, user) in [(7, 1000, 0), (9, 1000, 0), (9, nil, 2)] as [(Int, UInt64?, UInt64)] {
            try tree.write(Self.stat(user: ticks, system: 0), to: "\(pid)/stat")
            var threads = 1000
            let found = FoundProcess(process: process, interpreter: .failure(.layout), cpu: clock)
            #expect(scanner.usage(of: found, threads: &threads)?.user == ClockTicks.duration(user))
        }
    }

    @Test func `a process that has gone has no usage`() throws {
        let tree = try FakeProc()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: 1))
        #expect(account.usage(1000) == nil)
    }

    @Test
    func `threads beyond the allowance are read at the next scans, and lose nothing`()
        throws
    {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        let threads = Array(pid..<pid + 5)
        func look(_ wait: Int, ticks: Int) throws -> Duration? {
            try tree.write(Self.stat(user: ticks, system: 0, threads: threads.count), to: "\(pid)/stat")
            try tree.setThreads(Dictionary(uniqueKeysWithValues: threads.map { ($0, wait) }), of: pid)
            return account.usage(2)?.runQueue
        }
        // The first three scans learn the earlier waits of the threads.
        for number in 0..<3 { #expect(try look(1000, ticks: number) == .zero) }
        let waited = try (0..<5).map { try look(1100, ticks: 3 + $0) ?? .zero }.reduce(.zero, +)
        #expect(waited == .nanoseconds(500))
    }

    @Test func `without an allowance the wait is unknown`() throws {
        let tree = try FakeProc()
        let pid = try tree.addEmpty()
        try tree.setThreads([pid: 1000], of: pid)
        var account = ProcessAccount(ProcessFiles(proc: tree.path, pid: pid))
        let usages = try [1, 2].map { user in
            try tree.write(Self.stat(user: user, system: 0), to: "\(pid)/stat")
            return account.usage(0)
        }
        let usage = usages.last ?? nil
        #expect(usage?.user == ClockTicks.duration(1))
        #expect(usage?.runQueue == nil)
    }
}

extension ProcessAccount {
    /// - Parameter allowance: the number of threads that may be read.
    fileprivate mutating func usage(_ allowance: Int) -> Usage? {
        var allowance = allowance
        return usage(threads: &allowance, cpu: nil)
    }
}
