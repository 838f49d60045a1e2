import CLinux
import Glibc

/// Soft resource limits of this process: getrlimit(2).
///
/// Asked for by system call, because /proc/self/limits is sixteen lines that the kernel writes and we would parse for
/// the same two numbers.
package struct ProcessLimits: Sendable, Equatable {
    package let openFiles: UInt64
    package let addressSpaceBytes: UInt64

    package static func ofThisProcess() throws(SystemError) -> ProcessLimits {
        ProcessLimits(openFiles: try soft(RLIMIT_NOFILE), addressSpaceBytes: try soft(RLIMIT_AS))
    }

    private static func soft(_ resource: __rlimit_resource) throws(SystemError) -> UInt64 {
        var limits = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limits) == 0 else {
            throw SystemError("getrlimit of resource \(resource.rawValue)")
        }
        return UInt64(limits.rlim_cur)
    }
}
