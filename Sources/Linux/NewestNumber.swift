/// The number of the newest process or thread: the last field of proc_loadavg(5).
package final class NewestNumber: Sendable {
    private let file: OwnedDescriptor

    /// Opens the file, which may block.
    ///
    /// - Returns: nil where the file is missing or not the kernel's. lxcfs(1) shows containers another one, whose server may
    ///   stop at any time.
    package init?(proc: String = "/proc") {
        let path = "\(proc)/loadavg"
        guard let own = FileIdentity(path: proc), let identity = FileIdentity(regularFileAt: path),
            own.device == identity.device, let file = OwnedDescriptor(at: path)
        else { return nil }
        self.file = file
    }

    /// Does not block. Nil where the file differs from its description in the manual.
    package func read() -> Int32? {
        unsafe withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
            let count = unsafe file.read(into: buffer, at: 0)
            guard count > 0 else { return nil }
            let line = unsafe buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }
            let start = unsafe line.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 } ?? line.startIndex
            return unsafe UInt64(decimal: line[start...]).flatMap { Int32(exactly: $0) }
        }
    }
}
