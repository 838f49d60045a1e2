import Glibc

/// How often and how long CPU bandwidth control kept this process's cgroups off the CPUs: cpu.stat,
/// Documentation/admin-guide/cgroup-v2.rst and Documentation/scheduler/sched-bwc.rst.
package struct CgroupThrottling: Sendable, Equatable {
    /// Enforcement periods in which a quota was used up.
    package let periods: UInt64
    /// Time kept off, summed over CPUs.
    package let time: Duration

    init(periods: UInt64, time: Duration) {
        self.periods = periods
        self.time = time
    }

    /// Sums over the process's own cgroup and every ancestor that can be seen, as a quota anywhere above holds the
    /// process up too. They are for telling whether anything moved between two readings.
    ///
    /// Nil where no cgroup that can be seen has a cpu controller: then throttling cannot be observed, which is not the
    /// same as none.
    package static func ofThisProcess(proc: String = "/proc") throws(ProcFileError) -> CgroupThrottling? {
        let membership = try ProcFile.parse("\(proc)/self/cgroup", manual: "cgroups(7)") { $0 }
        let mounts = try ProcFile.parse("\(proc)/self/mountinfo", manual: "proc_pid_mountinfo(5)") { $0 }
        guard let directories = CgroupDirectories(membership: membership, mounts: mounts) else { return nil }
        var sum: CgroupThrottling?
        for directory in directories.paths {
            guard let throttling = try CgroupThrottling(directory: directory) else { continue }
            sum = CgroupThrottling(
                periods: (sum?.periods ?? 0) &+ throttling.periods,
                time: (sum?.time ?? .zero) + throttling.time
            )
        }
        return sum
    }

    /// Nil where the cgroup does not have the controller: its cpu.stat has no such lines, or is not there at all.
    private init?(directory: String) throws(ProcFileError) {
        do {
            let numbers = try ProcFile.parse("\(directory)/cpu.stat", manual: "cgroups(7)", Self.numbers(parsing:))
            self.init(cpuStat: numbers)
        } catch .unreadable(let error) where error.code == ENOENT {
            return nil
        }
    }

    init?(cpuStat numbers: [String: UInt64]) {
        guard let periods = numbers["nr_throttled"] else { return nil }
        // Version 2 counts microseconds, version 1 nanoseconds.
        if let microseconds = numbers["throttled_usec"] {
            self.init(periods: periods, time: .microseconds(Int64(clamping: microseconds)))
        } else if let nanoseconds = numbers["throttled_time"] {
            self.init(periods: periods, time: .nanoseconds(Int64(clamping: nanoseconds)))
        } else {
            return nil
        }
    }

    /// Lines of "KEY VALUE"; nil when the text is anything else.
    static func numbers(parsing content: [UInt8]) -> [String: UInt64]? {
        var numbers: [String: UInt64] = [:]
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard fields.count == 2, let number = UInt64(decimal: fields[1]) else { return nil }
            numbers[String(decoding: fields[0], as: UTF8.self)] = number
        }
        return numbers
    }
}
