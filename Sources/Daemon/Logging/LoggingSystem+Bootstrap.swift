package import Logging

extension LoggingSystem {
    /// Sends what every logger of the program says, ours and the libraries', to standard error. Once per process.
    package static func bootstrap(level: LogLevelName, format: LogFormat, counters: LogMessageCounters? = nil) {
        bootstrap(
            { _, provider in
                LineLogHandler(level: level, format: format, counters: counters, metadataProvider: provider)
            },
            metadataProvider: nil
        )
    }
}
