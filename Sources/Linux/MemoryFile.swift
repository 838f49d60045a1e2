import CLinux
import Glibc

/// A file without a name, in memory where possible, that vanishes with its last descriptor.
package struct MemoryFile: ~Copyable {
    /// Never one of the standard streams, even where the process was started without them. Otherwise, passing the file
    /// to a child as its standard output could overwrite another file on the way.
    package var descriptor: CInt { file.number }
    private let file: OwnedDescriptor

    /// - Parameter name: appears in /proc/PID/fd; need not be unique.
    package init(_ name: String, containing bytes: [UInt8] = []) throws(SystemError) {
        self = try MemoryFile(unsafe clinux_memfd_create(name), containing: bytes)
    }

    /// - Parameter descriptor: from memfd_create(2), or -1 where that was refused.
    init(
        _ descriptor: CInt,
        directories: [String] = Self.directories,
        containing bytes: [UInt8]
    ) throws(SystemError) {
        let refusal = SystemError("memfd_create")
        let descriptor = descriptor < 0 ? Self.unnamedFile(in: directories) : descriptor
        guard descriptor >= 0 else { throw refusal }
        let file = Self.aboveStandardStreams(OwnedDescriptor(adopting: descriptor))
        try Self.write(bytes, to: file.number)
        // Processes that inherit the file share its position, and the kernel does not lock that of a file from
        // memfd_create(2): of two that write at the same time, one would overwrite the other. The flag is set after
        // pwrite(2), which would append, too.
        _ = fcntl(file.number, F_SETFL, O_APPEND)
        self.file = file
    }

    /// Where the file is created when memfd_create(2) is refused, as the filters of gVisor and old container runtimes
    /// may: in memory first.
    private static let directories = ["/dev/shm", "/tmp", "/var/tmp", "/run"]

    private static func unnamedFile(in directories: [String]) -> CInt {
        for directory in directories {
            let unnamed = unsafe clinux_unnamed_file(directory)
            if unnamed >= 0 { return unnamed }
            // O_TMPFILE needs support by the file system, open(2); overlayfs has it only since Linux 6.1.
            var template = Array("\(directory)/gil-exporter-XXXXXX".utf8CString)
            let named = unsafe clinux_named_file(&template)
            if named >= 0 {
                unsafe unlink(template)
                return named
            }
        }
        return -1
    }

    private static func aboveStandardStreams(_ file: consuming OwnedDescriptor) -> OwnedDescriptor {
        guard file.number < firstFree else { return file }
        let higher = clinux_duplicate(file.number, firstFree)
        return higher < 0 ? file : OwnedDescriptor(adopting: higher)
    }

    /// Children get the numbers below: three streams and one more (``SpawnedProcess``).
    private static let firstFree: CInt = 4

    /// Nil where fstat(2) is refused.
    package var identity: FileIdentity? { FileIdentity(file) }

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

    /// The first `limit` bytes of the content, wherever the position of a writer is.
    package func contents(limit: Int) -> [UInt8] {
        guard let identity else { return [] }
        let size = Int(min(UInt64(max(0, limit)), identity.size))
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            // One read may return less than there is: read(2).
            var got = 0
            repeat {
                got = unsafe file.read(into: buffer.baseAddress?.advanced(by: count), count: size - count, at: count)
                count += max(0, got)
            } while got > 0 && count < size
        }
    }
}
