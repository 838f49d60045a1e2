import Glibc

/// What the kernel knows of one process: /proc/PID/stat, proc_pid_stat(5).
package struct ProcessStat: Sendable, Equatable {
    /// The process that started it, or the one that took it over when that one ended.
    package let parent: Int32
    package let group: Int32
    package let session: Int32
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

/// The fields of the file, asked for in their order. They are not split into an array: this runs for every scrape and
/// for every process that is observed.
private struct Fields {
    var rest: ArraySlice<UInt8>
    /// What the manual calls the field that `rest` begins with.
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
