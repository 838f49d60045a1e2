import Glibc
import Systemd
import Testing

/// Each in a process of its own, as the environment is the process's.
struct JournalStreamTests {
    @Test func `the variable must identify the connection of standard error`() async {
        await #expect(processExitsWith: .success) {
            var status = stat()
            unsafe fstat(STDERR_FILENO, &status)
            unsafe setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
            #expect(JournalStream.isStandardError)
            for other in ["\(status.st_dev):\(status.st_ino + 1)", "\(status.st_dev + 1):\(status.st_ino)", "8", ""] {
                unsafe setenv("JOURNAL_STREAM", other, 1)
                #expect(!JournalStream.isStandardError, "\(other)")
            }
        }
    }

    @Test func `without the variable standard error is not the journal`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("JOURNAL_STREAM")
            #expect(!JournalStream.isStandardError)
        }
    }
}
