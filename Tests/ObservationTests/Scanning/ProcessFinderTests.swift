import Glibc
import Linux
import TestSupport
import Testing

@testable import Observation

struct ProcessFinderTests {
    @Test(.needsPython) func `a process is found, remembered, and forgotten when it has gone`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            var finder = ProcessFinder(proc: tree.path)
            let first = try finder.scan(now: 0)
            #expect(first.map(\.process.pid) == [pid])
            #expect(try finder.scan(now: 5_000_000_000) == first)
            try tree.remove(pid)
            #expect(try finder.scan(now: 10_000_000_000).isEmpty)
        }
    }

    @Test(.needsPython) func `a process of a known program is found without a look at others, and remembered`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            let starts = try StartWatch(proc: tree.path)
            var finder = ProcessFinder(proc: tree.path, starts: starts)
            #expect(try finder.scan(now: 0).isEmpty)
            try tree.add(pid)
            try tree.copy("status", of: pid)
            let numbers = StartWatch.Candidates.numbers([pid - 1, pid, pid + 1])
            #expect(finder.look(at: numbers, now: 1, budget: ScanBudget()).found.isEmpty)
            starts.know(pid)
            var (found, isComplete) = finder.look(at: numbers, now: 2, budget: ScanBudget())
            #expect(found.map(\.process.pid) == [pid] && isComplete)
            (found, isComplete) = finder.look(at: .all, now: 3, budget: ScanBudget())
            #expect(found.isEmpty && isComplete)
            #expect(try finder.scan(now: 4).map(\.process.pid) == [pid])
        }
    }

    @Test(.needsPython) func `a process that is not recognised yet is looked at again`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            let starts = try StartWatch(proc: tree.path)
            var finder = ProcessFinder(proc: tree.path, starts: starts)
            try tree.add(pid)
            try tree.copy("status", of: pid)
            starts.know(pid)
            try tree.write("", to: "\(pid)/maps")
            var (found, isComplete) = finder.look(at: .all, now: 0, budget: ScanBudget())
            #expect(found.isEmpty && !isComplete)
            try tree.copy("maps", of: pid)
            (found, isComplete) = finder.look(at: .numbers([pid]), now: 60_000_000, budget: ScanBudget())
            #expect(found.map(\.process.pid) == [pid] && isComplete)
        }
    }

    @Test(.needsPython) func `a process that loads its C library is found with it, or after half a minute`() throws {
        try StandstillPython.during { pid in
            let maps = String(decoding: try ProcFile.read("/proc/\(pid)/maps"), as: UTF8.self)
            let loading = maps.split(separator: "\n").filter { !$0.contains("/libc.so.6") && !$0.contains("/libc-2.") }
            try #require(loading.contains { $0.contains("/ld-linux") || $0.contains("/ld-2.") })
            let tree = try FakeProc()
            let starts = try StartWatch(proc: tree.path)
            var finder = ProcessFinder(proc: tree.path, starts: starts)
            try tree.add(pid)
            try tree.copy("status", of: pid)
            starts.know(pid)
            try tree.write(loading.joined(separator: "\n") + "\n", to: "\(pid)/maps")
            #expect(try finder.scan(now: 0).isEmpty)
            var patient = finder
            let number = StartWatch.Candidates.numbers([pid])
            let (found, isComplete) = finder.look(at: number, now: 60_000_000, budget: ScanBudget())
            #expect(found.isEmpty && !isComplete)
            #expect(try patient.scan(now: 31_000_000_000).map { try $0.interpreter.get().libc } == [.loading])
            try tree.copy("maps", of: pid)
            let (whole, _) = finder.look(at: number, now: 180_000_000, budget: ScanBudget())
            #expect(try whole.map { try $0.interpreter.get().libc.isKnown } == [true])
        }
    }

    @Test(.needsPython) func `a process that has not run is not asked which program it runs`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            let clock = Protected<UInt64?>(1000)
            var finder = ProcessFinder(proc: tree.path, cpuClock: { _ in clock.withLock { $0 } })
            #expect(try finder.scan(now: 0).map(\.process.pid) == [pid])
            // As if it had executed a program that is not Python.
            try tree.write("another program", to: "\(pid)/auxv")
            try tree.write("", to: "\(pid)/maps")
            #expect(try finder.scan(now: 5_000_000_000).map(\.process.pid) == [pid])
            clock.withLock { $0 = 1001 }
            #expect(try finder.scan(now: 10_000_000_000).isEmpty)
        }
    }

    @Test(.needsPython) func `a Python that executes Python is found between scans`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            var finder = ProcessFinder(proc: tree.path)
            let first = try finder.scan(now: 0)
            var (found, isComplete) = finder.look(at: .interrupted([pid]), now: 1, budget: ScanBudget())
            #expect(found.isEmpty && isComplete)
            try tree.write("another program", to: "\(pid)/auxv")
            (found, isComplete) = finder.look(at: .interrupted([pid]), now: 2, budget: ScanBudget())
            #expect(found.map(\.process) == first.map(\.process) && isComplete)
            #expect(found.map(\.program) != first.map(\.program))
            (found, isComplete) = finder.look(at: .interrupted([pid]), now: 3, budget: ScanBudget())
            #expect(found.isEmpty && isComplete)
        }
    }

    @Test(.needsPython) func `a process is remembered although the kernel has made another inode for it`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            var finder = ProcessFinder(proc: tree.path)
            let first = try finder.scan(now: 0)
            #expect(first.count == 1)
            func renew(_ name: String) throws {
                try #require(unsafe rename("\(tree.path)/\(pid)", "\(tree.path)/\(name)") == 0)
                try tree.add(pid)
                // It is not examined again.
                try tree.write("", to: "\(pid)/maps")
            }
            try renew("before")
            #expect(try finder.scan(now: 5_000_000_000) == first)
            // A fork of the same program with a number that is used again.
            try renew("before that")
            try tree.writeStat(of: pid, parent: 1, startTicks: .max / 2)
            #expect(try finder.scan(now: 10_000_000_000).isEmpty)
        }
    }

    @Test(.needsPython) func `a process that becomes Python by execve is found at once`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            try tree.write("", to: "\(pid)/maps")
            try tree.write("shell", to: "\(pid)/auxv")
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).isEmpty)
            try tree.copy("maps", of: pid)
            try tree.copy("auxv", of: pid)
            #expect(try finder.scan(now: 1).map(\.process.pid) == [pid])
        }
    }

    @Test(.needsPython) func `a program that loads Python late is found later`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            try tree.write("", to: "\(pid)/maps")
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).isEmpty)
            #expect(try finder.scan(now: 100_000_000_000).isEmpty)
            try tree.copy("maps", of: pid)
            // The interval is the age of the process, plus at most a quarter.
            #expect(try finder.scan(now: 101_000_000_000).isEmpty)
            #expect(try finder.scan(now: 226_000_000_000).count == 1)
        }
    }

    @Test(.needsPython, .disabled(if: Sanitizer.isActive, "a sanitizer needs terabytes of address space"))
    func `a process that cannot be asked for want of a thread is found by a later scan`() async {
        await #expect(processExitsWith: .success) {
            try StandstillPython.during { pid in
                let tree = try FakeProc()
                try tree.add(pid)
                var finder = ProcessFinder(proc: tree.path)
                try ThreadShortage.begin()
                #expect(try finder.scan(now: 0).isEmpty)
                ThreadShortage.end()
                #expect(try finder.scan(now: 1).map(\.process.pid) == [pid])
            }
        }
    }

    @Test(.needsPython) func `a lack of descriptors neither hides a known process nor decides what a new one is`() async
    {
        await #expect(processExitsWith: .success) {
            try StandstillPython.during { pid in
                let tree = try FakeProc()
                try tree.add(pid)
                let isShort = Protected(true)
                // The clocks are read after the list of processes, and before their files.
                var finder = ProcessFinder(proc: tree.path) { _ in
                    guard isShort.withLock({ $0 }) else { return 5 }
                    DescriptorShortage.begin()
                    return 7
                }
                let during = try finder.scan(now: 0)
                DescriptorShortage.end()
                let deferred = finder.deferred
                #expect(during.isEmpty && deferred == 1)
                isShort.withLock { $0 = false }
                var after = try finder.scan(now: 1)
                #expect(after.map(\.process.pid) == [pid] && after.map(\.cpu) == [5])
                isShort.withLock { $0 = true }
                let again = try finder.scan(now: 2)
                DescriptorShortage.end()
                // Nothing else of it is known now, so neither is whether it has run.
                after[0].cpu = nil
                #expect(again == after)
            }
        }
    }

    @Test(.needsPython) func `a program whose libpython cannot be read is unobservable`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            let mapping = "00400000-00420000 r-xp 00000000 fe:01 4294967295 /gone/libpython3.13.so.1.0 (deleted)\n"
            try tree.write(mapping, to: "\(pid)/maps")
            try tree.remove("exe", of: pid)
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).map(\.interpreter) == [.failure(.image)])
        }
    }

    @Test(.needsPython)
    func `a process whose files do not answer is unresponsive until they do, and others are found`()
        throws
    {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            let stuck = try tree.addEmpty()
            for file in ["auxv", "maps", "stat"] {
                try tree.write(try ProcFile.read("/proc/\(pid)/\(file)"), to: "\(stuck)/\(file)")
            }
            try tree.write("python3\n", to: "\(stuck)/comm")
            try tree.block("maps", of: stuck)
            let blocking = BlockingWork(BlockingWork.Limits(patience: .milliseconds(200)))
            var finder = ProcessFinder(proc: tree.path, blocking: blocking)
            for now in [0, 5_000_000_000] as [UInt64] {
                let found = try finder.scan(now: now)
                #expect(found.count == 2)
                #expect(found.first { $0.process.pid == pid }.map { (try? $0.interpreter.get()) != nil } == true)
                #expect(found.first { $0.process.pid == stuck }?.interpreter == .failure(.unresponsive))
                // It is not asked again while the first call is stuck.
                #expect(blocking.stuck == 1)
                #expect(finder.silent == [stuck])
            }
            try tree.unblock("maps", of: stuck)
            while blocking.stuck > 0 { sched_yield() }
            try tree.write("", to: "\(stuck)/maps")
            #expect(try finder.scan(now: 10_000_000_000).map(\.process.pid) == [pid])
        }
    }

    @Test(.needsPython) func `work beyond the budget is left to the next scan, except for one process`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            for _ in 0..<3 {
                let other = try tree.addEmpty()
                try tree.write("x", to: "\(other)/auxv")
            }
            var finder = ProcessFinder(proc: tree.path)
            // The file system determines the order of the four.
            var found: Set<pid_t> = []
            for now in 0..<4 as Range<UInt64> {
                found.formUnion(try finder.scan(now: now, budget: ScanBudget(cpu: .zero)).map(\.process.pid))
                #expect(finder.deferred >= 3 - Int(now))
            }
            #expect(found == [pid])
        }
    }

    @Test(.needsPython) func `a Python that the dynamic loader started is found among the mappings`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            try tree.link("exe", of: pid, to: "/bin/true")
            var finder = ProcessFinder(proc: tree.path)
            let found = try finder.scan(now: 0)
            #expect(found.count == 1 && found.allSatisfy { (try? $0.interpreter.get()) != nil })
        }
    }

    @Test(.needsPython) func `a Python under another name is found by its size`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            let program = try SymbolicLink.target(of: "/proc/\(pid)/exe")
            // A link leads to the same file under another name.
            let folder = try TemporaryFolder()
            let maps = String(decoding: try ProcFile.read("/proc/\(pid)/maps"), as: UTF8.self)
            let lines = try maps.split(separator: "\n").enumerated().map { index, line -> String in
                guard let path = line.split(separator: " ").last, path.contains("python"), path.hasPrefix("/") else {
                    return String(line)
                }
                return String(line.dropLast(path.count)) + (try folder.link("app\(index)", to: String(path)))
            }
            try tree.write(lines.joined(separator: "\n") + "\n", to: "\(pid)/maps")
            try tree.link("exe", of: pid, to: "/bin/true")
            var finder = ProcessFinder(proc: tree.path)
            let found = try finder.scan(now: 0)
            #expect(found.map { (try? $0.interpreter.get()) != nil } == [true], "\(program)")
        }
    }

    @Test(
        .needsPython,
        arguments: [
            (4, UInt8(1), UnobservableReason.architecture), (18, 0x28, .architecture), (0, 0, .image),
        ]
    )
    func `a program that is named as Python and cannot be read has a reason`(
        place: Int,
        value: UInt8,
        reason: UnobservableReason
    ) throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            // The header of another word size, of another architecture, and an invalid one.
            var bytes = SmallELF.bytes()
            bytes[place] = value
            let folder = try TemporaryFolder()
            let program = try folder.write(bytes, to: "python3", mode: 0o700)
            try tree.link("exe", of: pid, to: program)
            let libc = "7f0000000000-7f0000100000 r-xp 00000000 fe:00 1 /lib/libc.so.6\n"
            try tree.write("00400000-00420000 r-xp 00000000 fe:00 2 \(program)\n\(libc)", to: "\(pid)/maps")
            var finder = ProcessFinder(proc: tree.path)
            #expect(try finder.scan(now: 0).map(\.interpreter) == [.failure(reason)])
        }
    }

    @Test(.needsPython) func `a program that exceeds the budget of a file is unobservable for that reason`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            try tree.add(pid)
            var finder = ProcessFinder(
                proc: tree.path,
                blocking: BlockingWork(),
                imageBudget: ImageFile.Budget(bytes: 64 << 10)
            )
            #expect(try finder.scan(now: 0).map(\.interpreter) == [.failure(.limit)])
        }
    }

    @Test(.needsPython) func `processes that come and go leave no descriptors open`() throws {
        try StandstillPython.during { pid in
            let tree = try FakeProc()
            let before = try ProcessDescriptors.count()
            for _ in 0..<100 {
                var finder = ProcessFinder(proc: tree.path)
                try tree.add(pid)
                #expect(try finder.scan(now: 0).count == 1)
                try tree.remove(pid)
                #expect(try finder.scan(now: 1).isEmpty)
            }
            // Other tests of this process may open descriptors meanwhile, but fewer.
            #expect(try ProcessDescriptors.count() < before + 50)
        }
    }
}

struct FairQueueTests {
    /// The hundreds of an item are its user.
    private func owner(_ item: Int) -> UInt32 { UInt32(item / 100) }

    @Test func `the first process of each user comes before anyone's second`() {
        var queue = FairQueue()
        #expect(queue.ordered([101, 102, 103, 201, 301, 302], by: owner) == [101, 201, 301, 102, 302, 103])
    }

    @Test func `a user who has cost much comes last until that is forgotten`() {
        var queue = FairQueue()
        queue.charge(500_000_000, to: 101, by: owner)
        #expect(queue.ordered([101, 102, 201, 202], by: owner) == [201, 202, 101, 102])
        for _ in 0..<50 { _ = queue.ordered([101], by: owner) }
        #expect(queue.ordered([101, 102, 201, 202], by: owner) == [101, 201, 102, 202])
    }
}

extension Trait where Self == ConditionTrait {
    static var needsPython: Self {
        .enabled(if: StandstillPython.isInstalled, "needs python3 on PATH (Debian: python3)")
    }
}
