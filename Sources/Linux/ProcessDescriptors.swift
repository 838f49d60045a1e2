import Glibc

/// The descriptors that this process has open: /proc/self/fd, proc_pid_fd(5).
package enum ProcessDescriptors {
    /// How many there are, without the one that is opened to count them.
    ///
    /// Names are counted, and no entry is looked at: a few microseconds, as there are a few dozen. Since Linux 6.2 the
    /// directory's size is the number, but older kernels, and directories elsewhere, give it another meaning.
    package static func count(proc: String = "/proc") throws(SystemError) -> Int {
        let path = "\(proc)/self/fd"
        guard let directory = unsafe opendir(path) else { throw SystemError("open \(path)") }
        defer { unsafe closedir(directory) }
        let own = unsafe dirfd(directory)

        var count = 0
        while true {
            // readdir(3) tells an error from the end by errno alone.
            errno = 0
            guard let entry = unsafe readdir(directory) else { break }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe UInt64(decimal: bytes.prefix { $0 != 0 })
            }
            if let name, name != UInt64(own) { count += 1 }
        }
        guard errno == 0 else { throw SystemError("read \(path)") }
        return count
    }
}
