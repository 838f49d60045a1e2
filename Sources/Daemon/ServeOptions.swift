package import Web

/// What the command line says of a daemon.
package struct ServeOptions: Sendable {
    /// What the daemon binds itself; not looked at when systemd has passed sockets in.
    package var listenAddresses: [ListenAddress]
    /// Served without encryption and passwords, and with nothing but health and readiness.
    package var healthListenAddresses: [ListenAddress]
    package var routes: RoutesOptions
    /// Where links on pages lead; nil: to the routes as they are.
    package var externalURL: ExternalURL?
    /// Whether there are pages that reload the configuration and end the exporter.
    package var enablesLifecycle: Bool
    /// Whether there is a page that runs a probe.
    package var enablesProbe: Bool
    /// What a reload reads; nil: defaults all over.
    package var configurationFile: String?
    /// Where a reload can be asked for and answered; nil: nowhere.
    package var controlSocket: String?

    package init(
        listenAddresses: [ListenAddress],
        healthListenAddresses: [ListenAddress] = [],
        routes: RoutesOptions = RoutesOptions(),
        externalURL: ExternalURL? = nil,
        enablesLifecycle: Bool = false,
        enablesProbe: Bool = false,
        configurationFile: String? = nil,
        controlSocket: String? = nil
    ) {
        self.listenAddresses = listenAddresses
        self.healthListenAddresses = healthListenAddresses
        self.routes = routes
        self.externalURL = externalURL
        self.enablesLifecycle = enablesLifecycle
        self.enablesProbe = enablesProbe
        self.configurationFile = configurationFile
        self.controlSocket = controlSocket
    }
}
