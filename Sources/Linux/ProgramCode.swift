import Glibc

/// Code and constants of the program and of its libraries in memory.
package enum ProgramCode {
    /// Unmaps them: madvise(2), MADV_DONTNEED. The kernel maps what is used again, from the page cache, with the 64 kB around
    /// each page.
    ///
    /// Nothing is unmapped where the kernel does not tell which mappings have pages of their own (CONFIG_PROC_PAGE_MONITOR).
    package static func unmap(smaps: String = "/proc/self/smaps") {
        guard let text = try? ProcFile.read(smaps) else { return }
        for range in ranges(parsing: text) {
            _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_DONTNEED)
        }
    }

    /// The mappings that show nothing but pages of a file: proc_pid_smaps(5). Where the loader has relocated addresses, or a
    /// debugger has set a breakpoint, the process has pages of its own, which would be lost.
    static func ranges(parsing smaps: [UInt8]) -> [Range<UInt>] {
        var ranges: [Range<UInt>] = []
        var mapping: Range<UInt>?
        for line in smaps.split(separator: UInt8(ascii: "\n")) {
            let key = line.prefix { $0 != UInt8(ascii: " ") }
            if key.last != UInt8(ascii: ":") {
                mapping = unwritable(line)
            } else if let range = mapping, key.elementsEqual("Anonymous:".utf8),
                line.dropFirst(key.count).drop(while: { $0 == UInt8(ascii: " ") }).elementsEqual("0 kB".utf8)
            {
                ranges.append(range)
            }
        }
        return ranges
    }

    /// The addresses of a private mapping of a file that cannot be written to, from the first line of its entry:
    /// "START-END PERMISSIONS OFFSET DEVICE INODE   PATH".
    private static func unwritable(_ line: ArraySlice<UInt8>) -> Range<UInt>? {
        let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5).map { String(decoding: $0, as: UTF8.self) }
        guard fields.count > 5, fields[4] != "0", ["r-xp", "r--p"].contains(fields[1]) else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
    }
}
