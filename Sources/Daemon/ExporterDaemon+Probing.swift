import ConfigurationFiles
import Linux
import Logging
import Probing
import Reports
import Systemd

extension ExporterDaemon {
    /// The schedule, with all that looks at what it measures.
    func scheduler(_ status: StatusLine, _ history: RoundHistory, _ metrics: ProbeMetrics) -> ProbeScheduler {
        let settings = configuration.probing
        let log = ProbingLog(logger: logger)
        let path = Environment.value("PATH") ?? RuntimeDiscovery.standardPath
        let discovery = RuntimeDiscovery(path: path)
        return ProbeScheduler(
            settings: settings,
            runner: ProbeRunner(launcher: WorkerLauncher(hiding: SystemdEnvironment.variables)),
            runtimes: { settings in
                let found = discovery.search(for: settings)
                log.record(found, discovery: settings.discovery, path: path)
                return found.runtimes
            }
        ) { [manager] event in
            metrics.record(event)
            history.record(event)
            log.record(event)
            if case .finished(let round, let next) = event {
                status.finished(StatusSentence(round, next))
                manager.tell(.status(status.text))
            }
        }
    }
}
