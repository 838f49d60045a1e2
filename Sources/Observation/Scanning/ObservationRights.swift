import Glibc
import Linux

/// The rights of this process to read others.
package struct ObservationRights: Sendable, Equatable {
    package var isRoot: Bool
    /// Whether it has CAP_SYS_PTRACE, capabilities(7).
    package var mayTrace: Bool
    /// kernel.yama.ptrace_scope, Documentation/admin-guide/LSM/Yama.rst; nil if the kernel has no Yama.
    package var ptraceScope: Int?

    package init(isRoot: Bool, mayTrace: Bool, ptraceScope: Int?) {
        self.isRoot = isRoot
        self.mayTrace = mayTrace
        self.ptraceScope = ptraceScope
    }

    package static func ofThisProcess(proc: String = "/proc") -> ObservationRights {
        let capabilities = ProcessFiles.statusFields("CapEff:", in: "\(proc)/self").last.flatMap {
            UInt64($0, radix: 16)
        }
        let scope = (try? ProcFile.read("\(proc)/sys/kernel/yama/ptrace_scope", atMost: 64)).flatMap { content in
            Int(String(decoding: content.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }
        return ObservationRights(
            isRoot: geteuid() == 0,
            // CAP_SYS_PTRACE is 19: linux/capability.h.
            mayTrace: (capabilities ?? 0) >> 19 & 1 == 1,
            ptraceScope: scope
        )
    }
}
