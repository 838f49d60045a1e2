import Glibc
import Logging
import Testing

@testable import Daemon

/// Each in a process of its own, as the environment is the process's.
struct LogDestinationTests {
    @Test func `with the journal as standard error the journal is the default`() async {
        await #expect(processExitsWith: .success) {
            var status = stat()
            unsafe fstat(STDERR_FILENO, &status)
            unsafe setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
            #expect(LogDestination.auto.lines == nil)
            #expect(LogDestination.journal.lines == nil)
            #expect(LogDestination.logfmt.lines == .logfmt)
            #expect(LogDestination.json.lines == .json)
        }
    }

    @Test func `without the journal logfmt is the default`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("JOURNAL_STREAM")
            #expect(LogDestination.auto.lines == .logfmt)
            #expect(LogDestination.journal.lines == nil)
        }
    }
}

struct LogLevelNameTests {
    @Test func `level names are those of Prometheus programs, in ascending order`() {
        #expect(LogLevelName.allCases.map(\.rawValue) == ["debug", "info", "warn", "error"])
        #expect(LogLevelName.allCases.map(\.level) == [.debug, .info, .warning, .error])
    }

    @Test func `every level of a library has a name`() {
        let names = Logger.Level.allCases.map { LogLevelName($0).rawValue }
        #expect(names == ["debug", "debug", "info", "info", "warn", "error", "error"])
    }
}
