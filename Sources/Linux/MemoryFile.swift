import CLinux
import Glibc

/// A file that exists in memory only and vanishes with its last descriptor: memfd_create(2).
package struct MemoryFile: ~Copyable {
    package let descriptor: CInt

    /// - Parameter name: shows in /proc/PID/fd; need not be unique.
    package init(_ name: String, containing bytes: [UInt8] = []) throws(SystemError) {
        let descriptor = unsafe clinux_memfd_create(name)
        guard descriptor >= 0 else { throw SystemError("memfd_create") }
        do {
            try Self.write(bytes, to: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset))
            }
            guard count > 0 else { throw SystemError("write \(bytes.count) bytes to memory") }
            offset += count
        }
    }

    deinit { close(descriptor) }

    /// The first `limit` bytes of what stands in it, wherever those who write have got to.
    package func contents(limit: Int) -> [UInt8] {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return [] }
        let size = min(limit, max(0, Int(status.st_size)))
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = unsafe max(0, pread(descriptor, buffer.baseAddress, size, 0))
        }
    }
}
