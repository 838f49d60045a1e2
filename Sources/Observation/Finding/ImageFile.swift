import Glibc
import Linux

/// A program or library on disk, open for reads at any offset within a budget.
///
/// The file is not mapped: if its owner truncated it, SIGBUS would end a reader of the mapping.
final class ImageFile: Sendable {
    /// The limits on the work for one file.
    struct Budget: Sendable {
        /// Names and symbols of the largest known programs, browsers and machine learning libraries with all debugging
        /// symbols, have 400 MiB. They are read once.
        var bytes = 512 << 20
        /// Nanoseconds of CPU. A search of that many bytes takes a third of it.
        var cpu: UInt64 = 1_000_000_000
    }

    /// Why bytes that the file has were not read.
    enum Shortfall: Sendable {
        /// The file system reported an error.
        case unreadable
        /// The budget was spent.
        case exhausted
    }

    let size: UInt64
    private let file: OwnedDescriptor
    private let cpuLimit: UInt64
    private let state: Protected<(remaining: Int, shortfall: Shortfall?)>

    /// Opens the regular file with that identity. Opening anything else, such as a device, may have effects.
    init(path: String, expecting identity: FileIdentity, budget: Budget = Budget()) throws(SystemError) {
        // O_NONBLOCK, because a FIFO may have replaced the file since its identity was read.
        let file = try OwnedDescriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard FileIdentity(file) == identity else {
            throw SystemError("open \(path), which has just been replaced", code: ESTALE)
        }
        self.file = file
        size = identity.size
        cpuLimit = KernelClock.threadCPU() + budget.cpu
        state = Protected((budget.bytes, nil))
    }

    /// Nil while every requested byte was read.
    var shortfall: Shortfall? { state.withLock { $0.shortfall } }

    /// Exactly `count` bytes; nil if the file has fewer, cannot be read, or its budget is spent.
    func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, offset <= size, UInt64(count) <= size - offset, mayRead(count) else { return nil }
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count {
                let got = unsafe file.read(
                    into: buffer.baseAddress?.advanced(by: filled),
                    count: count - filled,
                    at: Int(offset) + filled
                )
                failed = got < 0
                guard got > 0 else { return }
                filled += got
            }
        }
        if failed { state.withLock { $0.shortfall = .unreadable } }
        return bytes.count == count ? bytes : nil
    }

    private func mayRead(_ count: Int) -> Bool {
        let isTimeLeft = KernelClock.threadCPU() < cpuLimit
        return state.withLock { state in
            guard isTimeLeft, count <= state.remaining else {
                state.shortfall = .exhausted
                return false
            }
            state.remaining -= count
            return true
        }
    }
}

/// Finds the file that a process has mapped. Its path alone is not enough: the process may be in a container or a
/// changed root, and an upgrade may have deleted or replaced the file.
struct ImageLocator {
    let proc: String

    struct Image: Equatable {
        let path: String
        let identity: FileIdentity
    }

    /// The program of the process. The link leads to the file itself even if its path has changed: proc_pid_exe(5).
    func program(of pid: Int32) -> Image? {
        image(at: "\(proc)/\(pid)/exe")
    }

    /// - Returns: nil if no path leads to the file any more.
    func file(of mapping: FileMapping, in pid: Int32) -> Image? {
        let range = "\(String(mapping.start, radix: 16))-\(String(mapping.end, radix: 16))"
        // Leads to the file itself as well, but needs privileges: proc_pid_map_files(5).
        if let image = image(at: "\(proc)/\(pid)/map_files/\(range)") { return image }
        // The path is valid in the process's own mounts. Another file with this inode number is very unlikely there. The
        // device is not compared: on btrfs and overlayfs, stat(2) and /proc/PID/maps report different ones.
        if let image = image(at: "\(proc)/\(pid)/root\(mapping.path)"), image.identity.inode == mapping.inode {
            return image
        }
        if let image = image(at: mapping.path), image.identity.inode == mapping.inode,
            image.identity.device == mapping.device
        {
            return image
        }
        return nil
    }

    private func image(at path: String) -> Image? {
        FileIdentity(regularFileAt: path).map { Image(path: path, identity: $0) }
    }
}
