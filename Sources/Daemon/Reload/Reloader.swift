import ConfigurationFiles
import Exposition
import Linux
import Logging
import Systemd
package import Web

/// Applies the current content of the configuration files, whole or not at all.
struct Reloader: Sendable {
    /// Nil if the daemon was started without a file: then a reload changes nothing.
    let file: String?
    let apply: @Sendable (Configuration) -> Void
    /// Nil without encryption and passwords.
    var web: ActiveWebConfiguration?
    let metrics: ConfigurationMetrics
    let status: StatusLine
    let phase: DaemonPhase
    let manager: ServiceManager
    let logger: Logger
    var reading = PatientReading()

    func reload() async -> ReloadOutcome {
        // The manager waits for the stop: a notification that the daemon is ready would come too late.
        guard !phase.isStopping else { return .refused(["the exporter is stopping"]) }
        manager.notify(.reloading, .status("Reloading the configuration."))
        let outcome = await replaceConfiguration()
        // The stop may have begun meanwhile.
        if !phase.isStopping { manager.notify(.ready, .status(status.text)) }
        return outcome
    }

    /// Reads only the web configuration, because one of its files has changed. Programs replace certificates, and that
    /// must not apply an unfinished edit of the main file.
    func reloadWeb() async {
        guard let web, !phase.isStopping else { return }
        switch await read(web.path, web.load) {
        case .success(let configuration):
            web.access.replace(with: configuration)
            accept([.web])
            logger.info("Reloaded the web configuration, because a file has changed", metadata: ["file": "\(web.path)"])
        case .failure(let errors):
            _ = refuse([(.web, errors)])
        }
        if !phase.isStopping { manager.notify(.status(status.text)) }
    }

    private func read<Value: Sendable>(
        _ file: String,
        _ load: @escaping @Sendable () throws(ConfigurationErrors) -> Value
    ) async -> Result<Value, ConfigurationErrors> {
        do throws(UnreadReason) {
            return try await reading.run { Result { () throws(ConfigurationErrors) in try load() } }
        } catch {
            return .failure(ConfigurationErrors(file: file, message: error.description))
        }
    }

    private func replaceConfiguration() async -> ReloadOutcome {
        var read: Result<Configuration, ConfigurationErrors> = .success(Configuration())
        if let file {
            read = await self.read(file) { () throws(ConfigurationErrors) in try Configuration.load(path: file) }
        }
        var readWeb: Result<WebConfiguration, ConfigurationErrors>?
        if let web { readWeb = await self.read(web.path, web.load) }
        switch (read, readWeb) {
        case (.success(let main), nil):
            apply(main)
        case (.success(let main), .success(let new)):
            apply(main)
            web?.access.replace(with: new)
        default:
            let errors = [(ConfigurationMetrics.File.main, read.error), (.web, readWeb?.error)]
            // A file without errors is not in force either, but its former errors are no reason any more.
            status.configurationLoaded(Set(errors.filter { $1 == nil }.map(\.0)))
            return .refused(refuse(errors.compactMap { file, error in error.map { (file, $0) } }))
        }
        accept([.main, .web])
        logger.info("Reloaded the configuration", metadata: ["file": "\(file ?? "none")"])
        return .reloaded
    }

    private func accept(_ files: Set<ConfigurationMetrics.File>) {
        metrics.loaded(files)
        status.configurationLoaded(files)
    }

    /// - Returns: the reasons.
    private func refuse(_ errors: [(file: ConfigurationMetrics.File, errors: ConfigurationErrors)]) -> [String] {
        metrics.refused(Set(errors.map(\.file)))
        let issues = errors.flatMap(\.errors.issues)
        for issue in issues {
            logger.error("The configuration has an error", metadata: ["err": "\(issue)"])
        }
        logger.error(
            "Reload failed; the configuration from before stays in force",
            metadata: ["event": .stringConvertible(LogEventID.reloadFailed), "errors": "\(issues.count)"]
        )
        for (file, errors) in errors { status.configurationRefused(file, errors.issues[0]) }
        return issues.map(\.description)
    }
}

extension Result {
    fileprivate var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

/// Metrics that show whether the configuration in force is the one in the files.
struct ConfigurationMetrics: Sendable {
    /// Files that are read independently.
    enum File: Sendable {
        case main
        case web
    }

    private let successful: Gauge
    private let loadedAt: Gauge
    private let refused = Protected<Set<File>>([])

    init(_ registry: Registry) {
        successful = registry.gauge(
            "gil_exporter_config_last_reload_successful",
            help: "1 if the last attempt to load the configuration succeeded, otherwise 0."
        )
        loadedAt = registry.gauge(
            "gil_exporter_config_last_reload_success_timestamp_seconds",
            help: "Unix time at which the configuration was last loaded.",
            unit: .seconds
        )
    }

    /// The content of `files` is in force now. The other file may still be refused.
    func loaded(_ files: Set<File>) {
        let all = refused.withLock { refused in
            refused.subtract(files)
            return refused.isEmpty
        }
        loadedAt.set(KernelClock.unixTime())
        successful.set(all ? 1 : 0)
    }

    func refused(_ files: Set<File>) {
        refused.withLock { $0.formUnion(files) }
        successful.set(0)
    }
}

/// The web configuration in force, and the path of its file.
package struct ActiveWebConfiguration: Sendable {
    let path: String
    let access: WebAccess

    /// - Parameter read: the content of the file when the program started.
    package init(path: String, read: WebConfiguration) {
        self.path = path
        access = WebAccess(read)
    }

    func load() throws(ConfigurationErrors) -> WebConfiguration {
        try WebConfiguration.load(path: path)
    }
}
