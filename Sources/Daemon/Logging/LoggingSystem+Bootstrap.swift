package import Linux
package import Logging

extension LoggingSystem {
    /// Sends what every logger of the program says, ours and the libraries', where `destination` says. Once per process.
    ///
    /// - Returns: the log, to be closed before the program ends.
    package static func bootstrap(
        level: LogLevelName,
        destination: LogDestination,
        counters: LogMessageCounters? = nil
    ) throws(SystemError) -> Log {
        let log = try Log(destination, counters: counters)
        bootstrap(
            { label, provider in
                ExporterLogHandler(level: level, label: label, log: log, metadataProvider: provider)
            },
            metadataProvider: nil
        )
        return log
    }
}
