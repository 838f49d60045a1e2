/// Soft resource limits of one process: /proc/PID/limits, proc_pid_limits(5).
package struct ProcessLimits: Sendable, Equatable {
    /// What the kernel itself means by "unlimited": RLIM_INFINITY, getrlimit(2).
    package static let unlimited = UInt64.max

    package let openFiles: UInt64
    package let addressSpaceBytes: UInt64

    package static func ofThisProcess(proc: String = "/proc") throws(ProcFileError) -> ProcessLimits {
        try ProcFile.parse("\(proc)/self/limits", manual: "proc_pid_limits(5)", ProcessLimits.init(parsing:))
    }

    package init?(parsing content: [UInt8]) {
        guard let openFiles = Self.soft("Max open files ", in: content),
            let addressSpaceBytes = Self.soft("Max address space ", in: content)
        else { return nil }
        self.openFiles = openFiles
        self.addressSpaceBytes = addressSpaceBytes
    }

    /// A line is a name of several words, the soft limit, the hard limit, and the unit.
    private static func soft(_ name: String, in content: [UInt8]) -> UInt64? {
        var rest = content[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            if line.starts(with: name.utf8) {
                let limit = line.dropFirst(name.utf8.count).drop { $0 == UInt8(ascii: " ") }
                let word = limit.prefix { $0 != UInt8(ascii: " ") }
                return word.elementsEqual("unlimited".utf8) ? unlimited : UInt64(decimal: word)
            }
            rest = rest.dropFirst(line.count + 1)
        }
        return nil
    }
}
