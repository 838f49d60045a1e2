import Glibc

/// The kernel's record of one process: /proc/PID/stat, proc_pid_stat(5).
package struct ProcessStat: Sendable, Equatable {
    /// The process that started this one, or the one that adopted it when that one ended.
    package let parent: Int32
    package let group: Int32
    package let session: Int32
    /// CPU ticks in user mode and in the kernel.
    package let userTicks: UInt64
    package let systemTicks: UInt64
    package let threads: UInt64
    /// Ticks from the boot to the start of the process.
    package let startTicks: UInt64
    package let virtualBytes: UInt64
    let residentPages: UInt64

    package static func ofThisProcess(proc: String = "/proc") throws(ProcFileError) -> ProcessStat {
        try ProcFile.parse("\(proc)/self/stat", manual: "proc_pid_stat(5)", ProcessStat.init(parsing:))
    }

    package init?(parsing content: [UInt8]) {
        // "PID (NAME) STATE …": the program chooses its name, which may have blanks and brackets. So the fields begin
        // after the last bracket, with number 3 of the manual.
        guard let name = content.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        var fields = Fields(rest: content[(name + 1)...], number: 3)
        guard let parent = fields[4], let group = fields[5], let session = fields[6], let userTicks = fields[14],
            let systemTicks = fields[15], let threads = fields[20], let startTicks = fields[22],
            let virtualBytes = fields[23], let residentPages = fields[24]
        else { return nil }
        self.parent = Int32(clamping: parent)
        self.group = Int32(clamping: group)
        self.session = Int32(clamping: session)
        self.userTicks = userTicks
        self.systemTicks = systemTicks
        self.threads = threads
        self.startTicks = startTicks
        self.virtualBytes = virtualBytes
        self.residentPages = residentPages
    }

    /// CPU time of the process, without that of its children.
    package var cpuTime: Duration {
        ClockTicks.duration(userTicks) + ClockTicks.duration(systemTicks)
    }

    /// The host's uptime when the process started.
    package var uptimeAtStart: Duration { ClockTicks.duration(startTicks) }

    package var residentBytes: Double {
        Double(residentPages) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// The fields of the file, read in ascending order. They are not split into an array, because this runs for every
/// scrape and for every observed process.
private struct Fields {
    var rest: ArraySlice<UInt8>
    /// The manual's number of the field at the beginning of `rest`.
    var number: Int

    subscript(wanted: Int) -> UInt64? {
        mutating get {
            var field = next()
            while number <= wanted { field = next() }
            return UInt64(decimal: field)
        }
    }

    private mutating func next() -> ArraySlice<UInt8> {
        let field = rest.drop(while: isSeparator).prefix { !isSeparator($0) }
        rest = rest[field.endIndex...]
        number += 1
        return field
    }

    private func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") }
}

/// Counts of the kernel since it booted: /proc/stat, proc_stat(5).
package struct KernelStat: Sendable, Equatable {
    /// Time of the boot, in seconds since 1970.
    package let bootTime: UInt64
    /// By CPU number: ticks in which the CPU was ready to run while the hypervisor ran something else.
    let stealTicks: [Int: UInt64]

    package static func read(proc: String = "/proc") throws(ProcFileError) -> KernelStat {
        try ProcFile.parse("\(proc)/stat", manual: "proc_stat(5)", KernelStat.init(parsing:))
    }

    package init?(parsing content: [UInt8]) {
        var bootTime: UInt64?
        var stealTicks: [Int: UInt64] = [:]
        for line in content.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: "cpu".utf8) {
                // "cpuN user nice system idle iowait irq softirq steal …". The line without a number is the sum.
                let fields = line.split(separator: UInt8(ascii: " "))
                let name = fields[0].dropFirst("cpu".utf8.count)
                if name.isEmpty { continue }
                guard let number = UInt64(decimal: name), let cpu = Int(exactly: number) else { return nil }
                guard fields.count > 8, let steal = UInt64(decimal: fields[8]) else { return nil }
                stealTicks[cpu] = steal
            } else if line.starts(with: "btime ".utf8) {
                bootTime = UInt64(decimal: line.dropFirst("btime ".utf8.count))
            }
        }
        guard let bootTime else { return nil }
        self.bootTime = bootTime
        self.stealTicks = stealTicks
    }
}

/// Time that the hypervisor took from a virtual machine's CPUs.
package enum CPUStealTime {
    /// Time taken from `cpus` since boot, summed. It is 0 for offline CPUs and on bare metal.
    ///
    /// It moves in ticks of 10 ms. It may fall when a virtual machine moves to another host.
    package static func total(of cpus: [Int], proc: String = "/proc") throws(ProcFileError) -> Duration {
        let ticks = try KernelStat.read(proc: proc).stealTicks
        return cpus.reduce(.zero) { sum, cpu in sum + ClockTicks.duration(ticks[cpu] ?? 0) }
    }
}
