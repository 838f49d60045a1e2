package import Logging

extension LoggingSystem {
    /// Sends what every logger of the program says, ours and the libraries', where `destination` says. Once per process.
    package static func bootstrap(
        level: LogLevelName,
        destination: LogDestination,
        counters: LogMessageCounters? = nil
    ) {
        let lines = destination.lines
        bootstrap(
            { _, provider in
                guard let lines else {
                    return JournalLogHandler(level: level, counters: counters, metadataProvider: provider)
                }
                return LineLogHandler(level: level, format: lines, counters: counters, metadataProvider: provider)
            },
            metadataProvider: nil
        )
    }
}
