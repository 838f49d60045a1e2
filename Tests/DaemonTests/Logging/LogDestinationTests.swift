import Glibc
import Testing

@testable import Daemon

/// Each in a process of its own, as the environment is the process's.
struct LogDestinationTests {
    @Test func `on the journal it is the journal, unless somebody wants lines`() async {
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

    @Test func `elsewhere it is logfmt`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("JOURNAL_STREAM")
            #expect(LogDestination.auto.lines == .logfmt)
            #expect(LogDestination.journal.lines == nil)
        }
    }
}
