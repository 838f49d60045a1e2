import Glibc
import Linux

/// What the kernel lets this process see of others, and what would let it see more.
package struct ObservationRights: Sendable, Equatable {
    package var isRoot: Bool
    /// Whether it has CAP_SYS_PTRACE, capabilities(7).
    package var mayTrace: Bool
    /// kernel.yama.ptrace_scope, Documentation/admin-guide/LSM/Yama.rst; nil where the kernel has no Yama.
    package var ptraceScope: Int?

    package init(isRoot: Bool, mayTrace: Bool, ptraceScope: Int?) {
        self.isRoot = isRoot
        self.mayTrace = mayTrace
        self.ptraceScope = ptraceScope
    }

    package static func ofThisProcess(proc: String = "/proc") -> ObservationRights {
        let status = (try? ProcFile.read("\(proc)/self/status", atMost: 1 << 16)) ?? []
        let capabilities = status.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "CapEff:".utf8) }
            .flatMap { line in
                UInt64(String(decoding: line.split(separator: UInt8(ascii: "\t")).last ?? [], as: UTF8.self), radix: 16)
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

    /// What grants access to processes that may not be read.
    package var remedy: String {
        switch (ptraceScope, mayTrace) {
        case (3?, _):
            "kernel.yama.ptrace_scope is 3, so nobody may read other processes until this system is booted without it"
        case (_, true):
            "CAP_SYS_PTRACE is there, so something else forbids it: a security module such as SELinux or AppArmor, or a "
                + "process in a user namespace that is no child of this one"
        case (let scope?, false) where scope > 0:
            "kernel.yama.ptrace_scope is \(scope), so even own processes take CAP_SYS_PTRACE: "
                + (isRoot ? "root has to be given it here" : "use sudo, or give it")
        case (_, false) where isRoot:
            "root has no CAP_SYS_PTRACE here: give it, to a container by --cap-add=SYS_PTRACE"
        case (_, false):
            "run it as theirs, or with sudo, or give CAP_SYS_PTRACE"
        }
    }
}
