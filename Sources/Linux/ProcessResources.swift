import CLinux
import Glibc

/// Soft resource limits of this process: getrlimit(2).
///
/// The system call is cheaper than /proc/self/limits, whose sixteen lines would have to be written and parsed for the
/// same two numbers.
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

/// The soft limit on open files: RLIMIT_NOFILE of getrlimit(2).
///
/// It is 1024 on most hosts for programs that use select(2), which accepts no higher descriptor. Other programs are
/// expected to raise it (systemd.exec(5), LimitNOFILE=). Workers lower it again for themselves.
package enum OpenFileLimit {
    /// Enough for every connection and every file of a scan. Not more, although the hard limit may be 2^30: where
    /// close_range(2) is refused, each number below the limit is closed separately when a program is started.
    static let enough: rlim_t = 65_536

    /// Raises the soft limit towards the hard one.
    package static func raise() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < min(enough, limit.rlim_max) else { return }
        limit.rlim_cur = min(enough, limit.rlim_max)
        _ = unsafe setrlimit(resource, &limit)
    }
}

/// The descriptors that this process has open: /proc/self/fd, proc_pid_fd(5).
package enum ProcessDescriptors {
    /// Their number, without the one that is opened to count them.
    ///
    /// It counts names, a few dozen, without looking at the entries, which takes a few microseconds. The size of the
    /// directory is that number only since Linux 6.2.
    package static func count(proc: String = "/proc") throws(SystemError) -> Int {
        let path = "\(proc)/self/fd"
        guard let directory = unsafe opendir(path) else { throw SystemError("open \(path)") }
        defer { unsafe closedir(directory) }
        let own = unsafe dirfd(directory)

        var count = 0
        while true {
            // Only errno distinguishes an error from the end: readdir(3).
            errno = 0
            guard let entry = unsafe readdir(directory) else { break }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe UInt64(decimal: bytes.prefix { $0 != 0 })
            }
            if let name, name != UInt64(own) { count += 1 }
        }
        guard errno == 0 else { throw SystemError("read \(path)") }
        return count
    }
}

/// The C library's memory allocator.
package enum Allocator {
    /// Returns free pages, which the allocator keeps for later use, to the system: malloc_trim(3). This takes a few
    /// milliseconds after heavy use.
    package static func releaseFreePages() { clinux_malloc_trim() }
}
