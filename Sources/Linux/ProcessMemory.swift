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

/// Another process's memory, read while it runs: process_vm_readv(2).
///
/// The process is neither stopped nor told. So what is read may be changing: bytes of one range are of about the same
/// moment, not of exactly the same.
package struct ProcessMemory: Sendable, Hashable {
    /// How much is read at once; above what any caller needs, and below what could hurt.
    package static let mostBytes = 1 << 20
    /// IOV_MAX of limits.h: the kernel refuses more with EINVAL.
    package static let mostRanges = 1024

    package let pid: Int32

    package init(pid: Int32) { self.pid = pid }

    /// Replaces `bytes` with those of all ranges, one behind the other, by one system call. Their memory is used again
    /// when they are as many as before; after an error they mean nothing.
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
        guard count >= 0 else { throw ProcessMemoryError(code: code) }
        // The kernel stops at the first page that is not there, and says how far it came.
        guard count == size else { throw .unmapped }
    }
}

/// Why another process's memory could not be read: the errors of process_vm_readv(2).
package enum ProcessMemoryError: Error, Equatable, CustomStringConvertible {
    /// The process has ended; a zombie has no memory either.
    case gone
    /// The kernel does not let us: ptrace(2), PTRACE_MODE_ATTACH_REALCREDS.
    case permission
    /// Nothing is mapped there.
    case unmapped
    /// More was asked for than is ever read at once.
    case tooMuch
    case system(SystemError)

    init(code: CInt) {
        switch code {
        case ESRCH: self = .gone
        case EPERM: self = .permission
        case EFAULT: self = .unmapped
        default: self = .system(SystemError("process_vm_readv", code: code))
        }
    }

    package var description: String {
        switch self {
        case .gone: "the process has ended"
        case .permission: "not permitted to read the process's memory: that takes its user's identity or CAP_SYS_PTRACE"
        case .unmapped: "the process has no memory at an address that should be its interpreter's"
        case .tooMuch: "more than \(ProcessMemory.mostBytes) bytes or \(ProcessMemory.mostRanges) ranges at once"
        case .system(let error): "\(error)"
        }
    }
}
