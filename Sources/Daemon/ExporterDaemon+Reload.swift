import ConfigurationFiles
import Logging
import Probing

extension ExporterDaemon {
    /// The service that reloads the configuration.
    func reloading(
        hangups: Hangups,
        scheduler: ProbeScheduler,
        observation: ObservationService,
        metrics: ConfigurationMetrics,
        status: StatusLine,
        phase: DaemonPhase,
        asked: ReloadRequests
    ) -> ReloadService {
        let reloader = Reloader(
            file: configurationFile,
            apply: { configuration in
                scheduler.apply(configuration.probing)
                observation.apply(configuration.observation)
            },
            web: webConfiguration,
            metrics: metrics,
            status: status,
            phase: phase,
            manager: manager,
            logger: logger
        )
        return ReloadService(reloader: reloader, hangups: hangups, socket: controlSocket(), asked: asked)
    }

    /// What the daemon is for does not depend on it, so it works without one where it cannot have one.
    private func controlSocket() -> ControlSocket? {
        guard let path = options.control.path ?? ControlSocketPath.ofThisService else { return nil }
        do {
            return try ControlSocket(path: path)
        } catch {
            logger.warning(
                "No control socket: SIGHUP still reloads the configuration, gil-exporter reload cannot",
                metadata: ["err": "\(error)"]
            )
            return nil
        }
    }
}
