import Glibc
package import Linux

/// Where a worker's document goes: a file that the worker inherits as a descriptor of its own. On standard output it
/// would stand among what site hooks, wrappers and `.pth` files print there.
package struct ReportChannel: Codable, Sendable, Equatable {
    /// Of the worker: right above the standard streams.
    package var descriptor: CInt
    /// What fstat(2) gives for it. A launcher that closes descriptors leaves the number to another file.
    package var device: UInt64
    package var inode: UInt64

    /// The first number that a process has not as a standard stream.
    static let descriptorOfWorkers: CInt = 3

    /// Nil where the file cannot be told from others: then the report comes on standard output.
    init?(to file: borrowing MemoryFile) {
        guard let identity = file.identity else { return nil }
        descriptor = Self.descriptorOfWorkers
        (device, inode) = identity
    }

    /// Whether the descriptor still is the file that was meant.
    package var isOpen: Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && UInt64(status.st_dev) == device
            && UInt64(status.st_ino) == inode
    }

    /// Writes a document.
    package func write(_ document: [UInt8]) throws(SystemError) {
        var rest = document[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write the report") }
            rest = rest.dropFirst(count)
        }
    }
}
