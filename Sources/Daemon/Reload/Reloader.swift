import ConfigurationFiles
import Logging
import Systemd
import Web

/// Puts the configuration that is in the file now into force, whole or not at all.
struct Reloader: Sendable {
    /// Nil where the daemon was started without a file. Then there is nothing that could have changed.
    let file: String?
    let apply: @Sendable (Configuration) -> Void
    /// Nil where there are neither encryption nor passwords.
    var web: WebConfigurationFile?
    let metrics: ConfigurationMetrics
    let status: StatusLine
    let phase: DaemonPhase
    let manager: ServiceManager
    let logger: Logger
    var reading = PatientReading()

    func reload() async -> ReloadOutcome {
        // The manager waits for the stop by now; being ready again would be news from the past.
        guard !phase.isStopping else { return .refused(["the exporter is stopping"]) }
        manager.tell(.reloading, .status("Reloading the configuration."))
        let outcome = await replaceConfiguration()
        // It may stop by now, too.
        if !phase.isStopping { manager.tell(.ready, .status(status.text)) }
        return outcome
    }

    /// Reads the web configuration alone, because one of its files has changed: certificates are replaced by programs,
    /// which must not put into force what somebody is about to write into the other file.
    func reloadWeb() async {
        guard let web, !phase.isStopping else { return }
        let read = await reading.run { Result { () throws(ConfigurationErrors) in try web.load() } }
        do throws(ConfigurationErrors) {
            web.access.replace(with: try (read ?? .failure(unanswered(web.path))).get())
        } catch {
            refuse(error, [.web])
            return
        }
        metrics.loaded([.web])
        logger.info("Reloaded the web configuration, because a file has changed", metadata: ["file": "\(web.path)"])
    }

    private func unanswered(_ file: String) -> ConfigurationErrors {
        ConfigurationErrors(
            file: file,
            message: "not read within \(reading.limit.components.seconds) s; does the file system that it is on answer?"
        )
    }

    private func replaceConfiguration() async -> ReloadOutcome {
        let read: Result<Configuration, ConfigurationErrors>
        if let file {
            read =
                await reading.run { Result { () throws(ConfigurationErrors) in try Configuration.load(path: file) } }
                ?? .failure(unanswered(file))
        } else {
            read = .success(Configuration())
        }
        var readWeb: Result<WebConfiguration, ConfigurationErrors>?
        if let web {
            readWeb =
                await reading.run { Result { () throws(ConfigurationErrors) in try web.load() } }
                ?? .failure(unanswered(web.path))
        }
        do throws(ConfigurationErrors) {
            let errors = [read.error, readWeb?.error].compactMap(\.self)
            guard errors.isEmpty else { throw ConfigurationErrors(errors) }
            apply(try read.get())
            if let web, let readWeb { web.access.replace(with: try readWeb.get()) }
        } catch {
            var refused: Set<ConfigurationMetrics.File> = []
            if read.error != nil { refused.insert(.main) }
            if readWeb?.error != nil { refused.insert(.web) }
            refuse(error, refused)
            return .refused(error.issues.map(\.description))
        }
        metrics.loaded([.main, .web])
        status.configurationLoaded()
        logger.info("Reloaded the configuration", metadata: ["file": "\(file ?? "none")"])
        return .reloaded
    }

    private func refuse(_ errors: ConfigurationErrors, _ files: Set<ConfigurationMetrics.File>) {
        metrics.refused(files)
        for issue in errors.issues {
            logger.error("The configuration has an error", metadata: ["err": "\(issue)"])
        }
        logger.error(
            "Reload failed; the configuration from before stays in force",
            metadata: ["event": .stringConvertible(LogEventID.reloadFailed), "errors": "\(errors.issues.count)"]
        )
        status.configurationRefused(errors.issues[0])
    }
}

extension Result {
    fileprivate var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
