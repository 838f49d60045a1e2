import ConfigurationFiles
import Logging
import Systemd

/// Puts the configuration that is in the file now into force, whole or not at all.
struct Reloader: Sendable {
    /// Nil where the daemon was started without a file. Then there is nothing that could have changed.
    let file: String?
    let apply: @Sendable (Configuration) -> Void
    let metrics: ConfigurationMetrics
    let status: StatusLine
    let phase: DaemonPhase
    let manager: ServiceManager
    let logger: Logger

    func reload() -> ReloadOutcome {
        // The manager waits for the stop by now; being ready again would be news from the past.
        guard !phase.isStopping else { return .refused(["the exporter is stopping"]) }
        manager.tell(.reloading, .status("Reloading the configuration."))
        let outcome = replaceConfiguration()
        manager.tell(.ready, .status(status.text))
        return outcome
    }

    private func replaceConfiguration() -> ReloadOutcome {
        do {
            apply(
                try file.map { path throws(ConfigurationErrors) in try Configuration.load(path: path) }
                    ?? Configuration()
            )
        } catch {
            metrics.refused()
            for issue in error.issues {
                logger.error("The configuration has an error", metadata: ["err": "\(issue)"])
            }
            logger.error(
                "Reload failed; the configuration from before stays in force",
                metadata: ["event": .stringConvertible(LogEventID.reloadFailed), "errors": "\(error.issues.count)"]
            )
            status.configurationRefused(error.issues[0])
            return .refused(error.issues.map(\.description))
        }
        metrics.loaded()
        status.configurationLoaded()
        logger.info("Reloaded the configuration", metadata: ["file": "\(file ?? "none")"])
        return .reloaded
    }
}
