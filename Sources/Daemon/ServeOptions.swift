package import Web

/// What the command line says of a daemon.
package struct ServeOptions: Sendable {
    /// What the daemon binds itself; not looked at when systemd has passed sockets in.
    package var listenAddresses: [ListenAddress]
    package var telemetryPath: TelemetryPath
    /// Served without encryption and passwords, and with nothing but health and readiness.
    package var healthListenAddresses: [ListenAddress]
    /// What a reload reads; nil: defaults all over.
    package var configurationFile: String?
    /// Where a reload can be asked for and answered; nil: nowhere.
    package var controlSocket: String?

    package init(
        listenAddresses: [ListenAddress],
        telemetryPath: TelemetryPath,
        healthListenAddresses: [ListenAddress] = [],
        configurationFile: String? = nil,
        controlSocket: String? = nil
    ) {
        self.listenAddresses = listenAddresses
        self.telemetryPath = telemetryPath
        self.healthListenAddresses = healthListenAddresses
        self.configurationFile = configurationFile
        self.controlSocket = controlSocket
    }
}
