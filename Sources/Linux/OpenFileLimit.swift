import Glibc

/// The soft limit on open files, RLIMIT_NOFILE of getrlimit(2): raised for the daemon, and as it was for its workers.
///
/// The soft limit is 1024 on most hosts for programs that use select(2), which cannot take a higher descriptor; a
/// program that does not is expected to raise it (systemd.exec(5), LimitNOFILE=).
package enum OpenFileLimit {
    /// Enough for every connection and every file of a scan. Not more, although the hard limit may be 2^30: where
    /// close_range(2) is refused, a program that is started closes each number below the limit by itself.
    static let enough: rlim_t = 65_536

    /// Carries the limit from before to the workers, through their environment.
    private static let variable = "GIL_EXPORTER_SOFT_NOFILE"

    /// Raises the soft limit towards the hard one. To be called before other threads read the environment.
    package static func raise() {
        guard var limit = current, limit.rlim_cur < min(enough, limit.rlim_max) else { return }
        let before = limit.rlim_cur
        limit.rlim_cur = min(enough, limit.rlim_max)
        guard set(limit) else { return }
        unsafe setenv(variable, "\(before)", 1)
    }

    /// Gives a process that a daemon started the limit that the daemon was started with, and forgets about it.
    package static func restore() {
        defer { unsafe unsetenv(variable) }
        guard let before = Environment.value(variable).flatMap({ rlim_t($0) }), var limit = current,
            before < limit.rlim_cur
        else { return }
        limit.rlim_cur = before
        _ = set(limit)
    }

    private static var current: rlimit? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit
    }

    private static func set(_ limit: rlimit) -> Bool {
        var limit = limit
        return unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    }
}
