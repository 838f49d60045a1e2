import Glibc

/// What the kernel knows of one process: /proc/PID/stat, proc_pid_stat(5).
package struct ProcessStat: Sendable, Equatable {
    /// The process that started it, or the one that took it over when that one ended.
    package let parent: Int32
    /// Ticks of CPU in user mode, and in the kernel.
    package let userTicks: UInt64
    package let systemTicks: UInt64
    package let threads: UInt64
    /// Ticks from the boot to the start of the process.
    package let startTicks: UInt64
    package let virtualBytes: UInt64
    package let residentPages: UInt64

    package static func ofThisProcess(proc: String = "/proc") throws(ProcFileError) -> ProcessStat {
        try ProcFile.parse("\(proc)/self/stat", manual: "proc_pid_stat(5)", ProcessStat.init(parsing:))
    }

    package init?(parsing content: [UInt8]) {
        // "PID (NAME) STATE …": a program names itself, with blanks and brackets if it likes, so the fields begin
        // behind the last bracket; the first of them is the manual's number 3.
        guard let name = content.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = content[(name + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        func field(_ number: Int) -> UInt64? {
            fields.count > number - 3 ? UInt64(decimal: fields[number - 3]) : nil
        }
        guard let parent = field(4), let userTicks = field(14), let systemTicks = field(15), let threads = field(20),
            let startTicks = field(22), let virtualBytes = field(23), let residentPages = field(24)
        else { return nil }
        self.parent = Int32(clamping: parent)
        self.userTicks = userTicks
        self.systemTicks = systemTicks
        self.threads = threads
        self.startTicks = startTicks
        self.virtualBytes = virtualBytes
        self.residentPages = residentPages
    }

    /// CPU that the process has used; what its children used is not in it.
    package var cpuTime: Duration {
        ClockTicks.duration(userTicks) + ClockTicks.duration(systemTicks)
    }

    /// How long the host had been up when the process started.
    package var uptimeAtStart: Duration { ClockTicks.duration(startTicks) }

    package var residentBytes: Double {
        Double(residentPages) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}
