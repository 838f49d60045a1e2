package import Web

/// What the command line says of a daemon.
package struct ServeOptions: Sendable {
    /// What the daemon binds itself; not looked at when systemd has passed sockets in.
    package var listenAddresses: [ListenAddress]
    package var telemetryPath: TelemetryPath

    package init(listenAddresses: [ListenAddress], telemetryPath: TelemetryPath) {
        self.listenAddresses = listenAddresses
        self.telemetryPath = telemetryPath
    }
}
