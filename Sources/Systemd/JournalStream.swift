import Glibc
import Linux

/// Whether what this process writes to its standard error ends up in the journal: `JOURNAL_STREAM`, systemd.exec(5).
package enum JournalStream {
    /// The variable names the device and the inode of the connection to the journal. It is inherited by processes whose
    /// standard error has been sent elsewhere since, so what it names is compared with what is there.
    package static var isStandardError: Bool {
        guard let variable = Environment.value("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return variable == "\(status.st_dev):\(status.st_ino)"
    }
}
