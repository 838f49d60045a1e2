import Logging
import Testing

@testable import Daemon

struct LogLevelNameTests {
    @Test func `names are those of Prometheus programs, in rising order`() {
        #expect(LogLevelName.allCases.map(\.rawValue) == ["debug", "info", "warn", "error"])
        #expect(LogLevelName.allCases.map(\.level) == [.debug, .info, .warning, .error])
    }

    @Test func `every level of a library has a name`() {
        let names = Logger.Level.allCases.map { LogLevelName($0).rawValue }
        #expect(names == ["debug", "debug", "info", "info", "warn", "error", "error"])
    }
}
