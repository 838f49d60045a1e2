import CLinux
import Glibc

/// A file without a name, in memory where that can be had, that vanishes with its last descriptor.
package struct MemoryFile: ~Copyable {
    /// Never one of the standard streams, even where the process was started without them: whoever gives the file to
    /// another process as its standard output must not overwrite another file of his doing so.
    package let descriptor: CInt

    /// - Parameter name: shows in /proc/PID/fd; need not be unique.
    package init(_ name: String, containing bytes: [UInt8] = []) throws(SystemError) {
        self = try MemoryFile(unsafe clinux_memfd_create(name), containing: bytes)
    }

    /// - Parameter descriptor: of memfd_create(2), or -1 where that was refused.
    init(
        _ descriptor: CInt,
        directories: [String] = Self.directories,
        containing bytes: [UInt8]
    ) throws(SystemError) {
        let refusal = SystemError("memfd_create")
        var descriptor = descriptor < 0 ? Self.unnamedFile(in: directories) : descriptor
        guard descriptor >= 0 else { throw refusal }
        descriptor = Self.aboveStandardStreams(descriptor)
        do {
            try Self.write(bytes, to: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    /// Where files are made when memfd_create(2) is refused, as gVisor's and old containers' filters may: in memory
    /// first.
    private static let directories = ["/dev/shm", "/tmp", "/var/tmp", "/run"]

    private static func unnamedFile(in directories: [String]) -> CInt {
        for directory in directories {
            let unnamed = unsafe clinux_unnamed_file(directory)
            if unnamed >= 0 { return unnamed }
            // O_TMPFILE needs the help of the file system, open(2); overlayfs has given it since Linux 6.1 only.
            var template = Array("\(directory)/gil-exporter-XXXXXX".utf8CString)
            let named = unsafe mkstemp(&template)
            if named >= 0 {
                _ = fcntl(named, F_SETFD, FD_CLOEXEC)
                unsafe unlink(template)
                return named
            }
        }
        return -1
    }

    private static func aboveStandardStreams(_ descriptor: CInt) -> CInt {
        guard descriptor < firstFree else { return descriptor }
        let higher = clinux_duplicate(descriptor, firstFree)
        guard higher >= 0 else { return descriptor }
        close(descriptor)
        return higher
    }

    /// The numbers below are what children are given: three streams, and one more (``SpawnedProcess``).
    private static let firstFree: CInt = 4

    /// What distinguishes the file from all others that are open on this host: inode(7).
    package var identity: (device: UInt64, inode: UInt64)? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes[offset...].withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset))
            }
            if count < 0, errno == EINTR { continue }
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
