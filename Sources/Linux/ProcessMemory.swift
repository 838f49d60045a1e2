import CLinux
import Glibc

/// A stretch of another process's memory.
package struct MemoryRange: Sendable, Hashable {
    package let address: UInt64
    package let count: Int

    package init(_ address: UInt64, count: Int) {
        self.address = address
        self.count = count
    }
}

/// Another process's memory, read while it runs: process_vm_readv(2), or where that is refused /proc/PID/mem,
/// proc_pid_mem(5).
///
/// The process is neither stopped nor notified, so its memory may change during a read: the bytes of one range are of
/// about the same moment, not of exactly the same.
package final class ProcessMemory: Sendable {
    package enum Method: Sendable {
        case systemCall
        /// One call for each range, and a descriptor for each process.
        case file
        case none
    }

    /// The most that is read at once: more than any caller needs, and too little to do harm.
    package static let maxBytes = 1 << 20
    /// IOV_MAX of limits.h: the kernel refuses more with EINVAL.
    static let maxRanges = 1024

    /// The method that works here. Every process may read its own memory ("Ptrace access mode checking" in ptrace(2)).
    /// So a method that fails even there is missing from the kernel (CONFIG_CROSS_MEMORY_ATTACH; gVisor), or a filter
    /// refuses it, seccomp(2), whose EPERM looks like a lack of privilege. Each is tried twice, because a lack of memory
    /// or descriptors may be over a moment later.
    package static let usualMethod: Method = [.systemCall, .file].first { isUsable($0) || isUsable($0) } ?? .none

    private static func isUsable(_ method: Method) -> Bool {
        let known = [UInt8](0..<8)
        return unsafe known.withUnsafeBytes { own in
            var bytes: [UInt8] = []
            let memory = ProcessMemory(pid: getpid(), method: method)
            let range = MemoryRange(UInt64(UInt(bitPattern: own.baseAddress)), count: known.count)
            return (try? memory.read([range], into: &bytes)) != nil && bytes == known
        }
    }

    /// Why the usual method is not the system call. Nil where it is.
    package static var refusal: String? {
        switch usualMethod {
        case .systemCall: nil
        case .file:
            "the kernel or a sandbox (seccomp) refuses process_vm_readv(2), so memory is read from /proc/PID/mem, "
                + "which takes more CPU"
        case .none: "\(ProcessMemoryError.refused)"
        }
    }

    package let pid: Int32
    private let method: Method
    /// The open /proc/PID/mem. A reader takes it out while it reads.
    private let file = Protected<CInt?>(nil)

    package init(pid: Int32, method: Method = ProcessMemory.usualMethod) {
        self.pid = pid
        self.method = method
    }

    deinit { renew() }

    /// Closes the open file. /proc/PID/mem keeps referring to the memory that the process had when the file was opened
    /// (fs/proc/base.c, mem_open). After vfork(2) and execve(2) that is its parent's.
    package func renew() {
        guard method == .file, let descriptor = file.withLock({ $0.take() }) else { return }
        OpenMemoryFiles.close(descriptor)
    }

    /// Replaces `bytes` with those of all ranges, one after the other. The array's memory is reused if its size stays
    /// the same. After an error its content is undefined.
    package func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        var size = 0
        guard ranges.count <= Self.maxRanges else { throw .tooMuch }
        for range in ranges {
            guard range.count >= 0, range.count <= Self.maxBytes - size else { throw .tooMuch }
            // The null page is never mapped, and 0 is the most common wrong pointer.
            guard range.address > 0, UInt(exactly: range.address) != nil else { throw .unmapped }
            size += range.count
        }
        if bytes.count != size { bytes = [UInt8](repeating: 0, count: size) }
        guard size > 0 else { return }
        switch method {
        case .systemCall: try readBySystemCall(ranges, into: &bytes)
        case .file: try readFromFile(ranges, into: &bytes)
        case .none: throw .refused
        }
    }

    private func readBySystemCall(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        let size = bytes.count
        var code: CInt = 0
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: ranges.count) { vectors in
                for index in ranges.indices {
                    unsafe vectors[index].iov_base = UnsafeMutableRawPointer(bitPattern: UInt(ranges[index].address))
                    unsafe vectors[index].iov_len = ranges[index].count
                }
                guard let base = buffer.baseAddress, let from = vectors.baseAddress else { return 0 }
                let count = unsafe clinux_process_vm_readv(pid, base, size, from, UInt(ranges.count))
                code = errno
                return count
            }
        }
        guard count >= 0 else { throw ProcessMemoryError("process_vm_readv", code: code) }
        // The kernel stops at the first unmapped page and returns the number of bytes up to there.
        guard count == size else { throw .unmapped }
    }

    private func readFromFile(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        if let kept = file.withLock({ $0.take() }) {
            do throws(ProcessMemoryError) {
                try Self.read(ranges, from: kept, into: &bytes)
                file.withLock { $0 = kept }
                return
            } catch {
                guard error == .gone else {
                    file.withLock { $0 = kept }
                    throw error
                }
                // That memory is gone: the process has ended, or execve(2) has replaced its memory.
                OpenMemoryFiles.close(kept)
            }
        }
        let path = "/proc/\(pid)/mem"
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ProcessMemoryError("open \(path)", code: errno) }
        do throws(ProcessMemoryError) {
            try Self.read(ranges, from: descriptor, into: &bytes)
        } catch {
            close(descriptor)
            throw error
        }
        if OpenMemoryFiles.hasRoom() { file.withLock { $0 = descriptor } } else { close(descriptor) }
    }

    private static func read(
        _ ranges: [MemoryRange],
        from descriptor: CInt,
        into bytes: inout [UInt8]
    ) throws(ProcessMemoryError) {
        var place = 0
        for range in ranges where range.count > 0 {
            guard let offset = Int(exactly: range.address), offset <= .max - range.count else {
                throw .unmapped
            }
            var count = 0
            var code: CInt = 0
            repeat {
                count = unsafe bytes.withUnsafeMutableBytes { buffer in
                    unsafe pread(descriptor, buffer.baseAddress?.advanced(by: place), range.count, offset)
                }
                code = errno
            } while count < 0 && code == EINTR
            guard count >= 0 else { throw ProcessMemoryError("read /proc/PID/mem", code: code) }
            guard count > 0 else { throw .gone }
            // As above, the rest is not mapped.
            guard count == range.count else { throw .unmapped }
            place += count
        }
    }
}

/// The number of files of processes' memory that stay open: enough for most hosts, and never so many that sockets and
/// workers lack descriptors. Other files are opened for each read.
private enum OpenMemoryFiles {
    private static let limit = min(256, ((try? ProcessLimits.ofThisProcess().openFiles) ?? 1024) / 4)
    private static let count = Protected<UInt64>(0)

    /// Whether one more file may stay open; if so, it is counted.
    static func hasRoom() -> Bool {
        let limit = limit
        return count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    static func close(_ descriptor: CInt) {
        Glibc.close(descriptor)
        count.withLock { $0 -= 1 }
    }
}

/// Why another process's memory could not be read: the errors of process_vm_readv(2), and of open(2) and pread(2) for
/// /proc/PID/mem.
package enum ProcessMemoryError: Error, Equatable, CustomStringConvertible {
    /// The process has ended. A zombie has no memory either.
    case gone
    /// This process lacks the permission: PTRACE_MODE_ATTACH_REALCREDS, ptrace(2).
    case permission
    /// No method of reading memory works, for any process.
    case refused
    /// Nothing is mapped at the address.
    case unmapped
    /// The request is larger than what is read at once.
    case tooMuch
    /// No more files can be opened.
    case noDescriptor
    case system(SystemError)

    init(_ operation: @autoclosure () -> String, code: CInt) {
        switch code {
        case ESRCH, ENOENT: self = .gone
        case EPERM, EACCES: self = .permission
        case EFAULT, EIO: self = .unmapped
        case EMFILE, ENFILE: self = .noDescriptor
        default: self = .system(SystemError(operation(), code: code))
        }
    }

    package var description: String {
        switch self {
        case .gone: "the process has ended"
        case .permission: "not permitted to read the process's memory: that takes its user's identity or CAP_SYS_PTRACE"
        case .refused:
            "the kernel or a sandbox (seccomp) refuses process_vm_readv(2) and /proc/PID/mem even for our own memory"
        case .unmapped: "the process has no memory at an address that should be its interpreter's"
        case .tooMuch: "a read of more than \(ProcessMemory.maxBytes) bytes or \(ProcessMemory.maxRanges) ranges"
        case .noDescriptor: "no file descriptor is left for /proc/PID/mem"
        case .system(let error): "\(error)"
        }
    }
}
