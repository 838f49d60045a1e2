import ConfigurationFiles
import Exposition
import Linux
import Logging
import Probing
import TestSupport
import Web

@testable import Daemon

/// A daemon's configuration, with what a reload touches.
struct ReloadFixture {
    let registry = Registry()
    let log = RecordedLog()
    let phase = DaemonPhase()
    let status = StatusLine()
    let applied = Protected<[ProbingSettings]>([])
    let reloader: Reloader

    init(file: String?, web: String? = nil) {
        let applied = applied
        let logger = log.logger
        reloader = Reloader(
            file: file,
            apply: { configuration in applied.withLock { $0.append(configuration.probing) } },
            web: web.map { ActiveWebConfiguration(path: $0, read: WebConfiguration()) },
            metrics: ConfigurationMetrics(registry),
            status: status,
            phase: phase,
            manager: ServiceManager(logger: logger),
            logger: logger
        )
    }

    /// The intervals that have been put into force.
    var intervals: [Duration] { applied.withLock { $0.map(\.interval) } }

    var lastReloadSuccessful: Bool {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return String(decoding: buffer, as: UTF8.self).contains("\ngil_exporter_config_last_reload_successful 1\n")
    }
}
