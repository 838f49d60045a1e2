import CLinux
import Glibc

/// The soft limit on open files: RLIMIT_NOFILE of getrlimit(2).
///
/// It is 1024 on most hosts for the sake of programs that use select(2), which cannot take a higher descriptor; a
/// program that does not is expected to raise it (systemd.exec(5), LimitNOFILE=). Workers lower it again for themselves.
package enum OpenFileLimit {
    /// Enough for every connection and every file of a scan. Not more, although the hard limit may be 2^30: where
    /// close_range(2) is refused, a program that is started closes each number below the limit by itself.
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
