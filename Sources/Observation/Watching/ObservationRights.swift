import Glibc
import Linux

/// The rights of this process to read others, and the way to get more.
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

    /// How to get access to processes that may not be read.
    package var remedy: String {
        switch (ptraceScope, mayTrace) {
        case (3?, _):
            "kernel.yama.ptrace_scope is 3, so nobody may read other processes until this system is booted without it"
        case (_, true):
            "CAP_SYS_PTRACE is granted, so something else denies it: a security module such as SELinux or AppArmor, or "
                + "the process is in a user namespace that is not a child of this one"
        case (let scope?, false) where scope > 0:
            "kernel.yama.ptrace_scope is \(scope), so even your own processes need CAP_SYS_PTRACE: "
                + (isRoot ? "grant it to root here" : "use sudo, or grant it")
        case (_, false) where isRoot:
            "root lacks CAP_SYS_PTRACE here: grant it, to a container with --cap-add=SYS_PTRACE"
        case (_, false):
            "run as their user, or with sudo, or grant CAP_SYS_PTRACE"
        }
    }
}
