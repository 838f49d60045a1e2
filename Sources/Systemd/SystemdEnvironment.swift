/// How the service manager talks to the process that it started.
package enum SystemdEnvironment {
    /// What must not reach child processes: one that believes itself addressed would report itself ready, keep the
    /// watchdog quiet, or take descriptors for sockets.
    package static let variables = [
        // sd_notify(3)
        "NOTIFY_SOCKET",
        // sd_watchdog_enabled(3)
        "WATCHDOG_USEC", "WATCHDOG_PID",
        // sd_listen_fds(3); the last since systemd 258
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID",
    ]
}
