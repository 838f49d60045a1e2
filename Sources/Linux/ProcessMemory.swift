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
/// The process is neither stopped nor told. So what is read may be changing: bytes of one range are of about the same
/// moment, not of exactly the same.
package final class ProcessMemory: Sendable {
    /// How memory is read.
    package enum Way: Sendable {
        case systemCall
        /// One call for each range, and a descriptor for each process.
        case file
        case none
    }

    /// How much is read at once; above what any caller needs, and below what could hurt.
    package static let mostBytes = 1 << 20
    /// IOV_MAX of limits.h: the kernel refuses more with EINVAL.
    package static let mostRanges = 1024

    /// What works here. ptrace(2) grants everybody access to his own memory ("Ptrace access mode checking"), so what
    /// fails even there is missing from the kernel (CONFIG_CROSS_MEMORY_ATTACH; gVisor), or refused by a filter of
    /// seccomp(2), whose EPERM would be taken for a want of privilege.
    package static let usualWay: Way = [.systemCall, .file].first(where: worksOnOurOwn) ?? .none

    private static func worksOnOurOwn(_ way: Way) -> Bool {
        let known = [UInt8](0..<8)
        return unsafe known.withUnsafeBytes { own in
            var bytes: [UInt8] = []
            let memory = ProcessMemory(pid: getpid(), way: way)
            let range = MemoryRange(UInt64(UInt(bitPattern: own.baseAddress)), count: known.count)
            return (try? memory.read([range], into: &bytes)) != nil && bytes == known
        }
    }

    /// What is not as it should be; nil where it is.
    package static var refusal: String? {
        switch usualWay {
        case .systemCall: nil
        case .file:
            "the kernel or a sandbox (seccomp) refuses process_vm_readv(2), so memory is read from /proc/PID/mem, which "
                + "takes more CPU"
        case .none: "\(ProcessMemoryError.refused)"
        }
    }

    package let pid: Int32
    private let way: Way
    /// What is open of /proc/PID/mem; the reader takes it out while it reads.
    private let file = Protected<CInt?>(nil)

    package init(pid: Int32, way: Way = ProcessMemory.usualWay) {
        self.pid = pid
        self.way = way
    }

    deinit { renew() }

    /// Closes what is kept open. /proc/PID/mem stays with the memory that the process had when the file was opened
    /// (fs/proc/base.c, mem_open), which after vfork(2) and execve(2) is its parent's.
    package func renew() {
        guard way == .file, let descriptor = file.withLock({ $0.take() }) else { return }
        OpenMemoryFiles.close(descriptor)
    }

    /// Replaces `bytes` with those of all ranges, one behind the other. Their memory is used again when they are as
    /// many as before; after an error they mean nothing.
    package func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        var size = 0
        guard ranges.count <= Self.mostRanges else { throw .tooMuch }
        for range in ranges {
            guard range.count >= 0, range.count <= Self.mostBytes - size else { throw .tooMuch }
            // The null page is never mapped for us, and a pointer of 0 is the commonest wrong one.
            guard range.address > 0, UInt(exactly: range.address) != nil else { throw .unmapped }
            size += range.count
        }
        if bytes.count != size { bytes = [UInt8](repeating: 0, count: size) }
        guard size > 0 else { return }
        switch way {
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
        // The kernel stops at the first page that is not there, and says how far it came.
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
                // That memory has gone; with the process, or by execve(2), which gives it another.
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
            // As above: the rest is not mapped.
            guard count == range.count else { throw .unmapped }
            place += count
        }
    }
}

/// How many files of processes' memory are kept open: enough for most hosts, and never so many that sockets and
/// workers go short. Others are opened for each reading.
private enum OpenMemoryFiles {
    private static let most = min(256, ((try? ProcessLimits.ofThisProcess().openFiles) ?? 1024) / 4)
    private static let count = Protected<UInt64>(0)

    /// Whether one more may be kept, which then counts.
    static func hasRoom() -> Bool {
        let most = most
        return count.withLock { count in
            guard count < most else { return false }
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
    /// The process has ended; a zombie has no memory either.
    case gone
    /// The kernel does not let us: ptrace(2), PTRACE_MODE_ATTACH_REALCREDS.
    case permission
    /// Neither way of reading memory is there, for whatever process.
    case refused
    /// Nothing is mapped there.
    case unmapped
    /// More was asked for than is ever read at once.
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
        case .tooMuch: "more than \(ProcessMemory.mostBytes) bytes or \(ProcessMemory.mostRanges) ranges at once"
        case .noDescriptor: "no file descriptor is left for /proc/PID/mem"
        case .system(let error): "\(error)"
        }
    }
}
