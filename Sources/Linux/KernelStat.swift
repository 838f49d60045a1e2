/// What the kernel has counted since it booted: /proc/stat, proc_stat(5).
package struct KernelStat: Sendable, Equatable {
    /// When it booted, in seconds since 1970.
    package let bootTime: UInt64
    /// Ticks that each CPU, by its number, wanted to run while the hypervisor ran something else.
    package let stealTicks: [Int: UInt64]

    package static func read(proc: String = "/proc") throws(ProcFileError) -> KernelStat {
        try ProcFile.parse("\(proc)/stat", manual: "proc_stat(5)", KernelStat.init(parsing:))
    }

    package init?(parsing content: [UInt8]) {
        var bootTime: UInt64?
        var stealTicks: [Int: UInt64] = [:]
        for line in content.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: "cpu".utf8) {
                // "cpuN user nice system idle iowait irq softirq steal …"; the line without a number is the sum.
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
