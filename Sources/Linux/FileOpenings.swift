import Glibc

/// Reports that somebody opens a file, as execve(2) does with a program: inotify(7). It takes no privilege but to read the
/// file, and costs nothing while nobody opens it.
package final class FileOpenings: Sendable {
    /// What has happened since the previous call.
    package struct News: Equatable {
        /// Whether a file was opened, or the kernel has dropped reports, of which it keeps 16,384.
        package var isOpened = false
        /// The watches that have ended, because the file was removed or its file system unmounted.
        package var ended: [CInt] = []

        package init() {}
    }

    private let queue: OwnedDescriptor

    /// Fails where a user has 128 queues already (max_user_instances of proc_sys_fs(5)), or a sandbox refuses them.
    package init() throws(SystemError) {
        let number = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        guard number >= 0 else { throw SystemError("watch files") }
        queue = OwnedDescriptor(adopting: number)
    }

    /// Becomes readable with news: poll(2).
    package var descriptor: CInt { queue.number }

    /// Watches the file at `path`, behind all links, until it is removed.
    ///
    /// - Returns: the number of the watch, the same for every path to the file; nil where the file cannot be watched.
    package func watch(_ path: String) -> CInt? {
        let number = unsafe inotify_add_watch(queue.number, path, UInt32(IN_OPEN))
        return number >= 0 ? number : nil
    }

    /// Does not wait.
    package func news() -> News {
        var news = News()
        unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 8) { buffer in
            // The kernel joins equal reports, so there are hardly more than files.
            while true {
                let count = unsafe queue.read(into: buffer)
                guard count > 0 else { return }
                unsafe Self.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: &news)
            }
        }
        return news
    }

    private static func add(_ bytes: UnsafeRawBufferPointer, to news: inout News) {
        var offset = 0
        while offset + MemoryLayout<inotify_event>.size <= bytes.count {
            let event = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            offset += MemoryLayout<inotify_event>.size + Int(event.len)
            if event.mask & UInt32(IN_IGNORED) != 0 {
                news.ended.append(event.wd)
            } else if event.mask & (UInt32(IN_OPEN) | UInt32(IN_Q_OVERFLOW)) != 0 {
                news.isOpened = true
            }
        }
    }
}
