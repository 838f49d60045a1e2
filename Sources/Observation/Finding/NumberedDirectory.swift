import Glibc
import Linux

/// The processes of the host, or the threads of a process: what has a number for a name in /proc or /proc/PID/task.
enum NumberedDirectory {
    struct Entry: Hashable {
        let number: Int32
        /// The kernel makes a new inode for a new process or thread, so that a number that is used again shows without
        /// opening anything (fs/proc/base.c, proc_pid_instantiate and proc_task_instantiate).
        let inode: UInt64
    }

    static func read(_ path: String) throws(SystemError) -> [Entry] {
        guard let directory = unsafe opendir(path) else { throw SystemError("open \(path)") }
        defer { unsafe closedir(directory) }
        var entries: [Entry] = []
        while true {
            // readdir(3) tells an error from the end by errno alone.
            errno = 0
            guard let entry = unsafe readdir(directory) else { break }
            let number = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe Self.number(Array(bytes.prefix { $0 != 0 }))
            }
            if let number { entries.append(Entry(number: number, inode: unsafe UInt64(entry.pointee.d_ino))) }
        }
        guard errno == 0 else { throw SystemError("read \(path)") }
        return entries
    }

    private static func number(_ name: [UInt8]) -> Int32? {
        guard let first = name.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first), name.count <= 10 else {
            return nil
        }
        return Int32(String(decoding: name, as: UTF8.self))
    }
}
