import Glibc

/// Whole files of /proc and of cgroup file systems.
package enum ProcFile {
    /// More than any file that is read here: /proc/stat and mountinfo, the largest, reach a few MiB on big hosts.
    package static let maxBytes = 16 << 20

    /// The content of a file.
    ///
    /// The file is read to its end, because these files report a size of 0: proc(5).
    package static func read(_ path: String, atMost limit: Int = maxBytes) throws(SystemError) -> [UInt8] {
        let file = try OwnedDescriptor(opening: path)
        var content: [UInt8] = []
        // Most of these files fit in a page, and the kernel returns a page at a time.
        var room = 4096
        while true {
            var (count, code): (Int, CInt) = (0, 0)
            let part = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
                count = unsafe file.read(into: buffer.baseAddress, count: room)
                code = errno
                filled = max(0, count)
            }
            guard count >= 0 else { throw SystemError("read \(path)", code: code) }
            if count == 0 { return content }
            content += part
            guard content.count <= limit else {
                throw SystemError("read more than \(limit) bytes of \(path)", code: EFBIG)
            }
            room = max(room, content.count)
        }
    }

    /// At most `count` bytes from the start of a file. Nil where it cannot be read.
    package static func beginning(_ path: String, atMost count: Int) -> [UInt8]? {
        guard let file = OwnedDescriptor(at: path) else { return nil }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe file.read(into: buffer.baseAddress?.advanced(by: filled), count: count - filled)
                guard got > 0 else { return }
                filled += got
            }
        }
        return bytes
    }

    /// The content of a file whose driver returns all of it at once (`single_open` of fs/seq_file.c, or
    /// `simple_read_from_buffer`), by one read instead of two. Nil where it cannot be read, or is longer than `limit`.
    package static func record(_ path: String, atMost limit: Int) -> [UInt8]? {
        (try? answer(path, atMost: limit)) ?? nil
    }

    /// The same for a caller to whom nil means that there is no such file.
    ///
    /// - Throws: if this process lacks a descriptor or memory: ``SystemError/isShortage``.
    package static func answer(_ path: String, atMost limit: Int) throws(SystemError) -> [UInt8]? {
        guard let file = OwnedDescriptor(at: path) else {
            let code = errno
            guard Shortage.explains(code) else { return nil }
            throw SystemError("open \(path)", code: code)
        }
        var (length, code): (Int, CInt) = (-1, 0)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit + 1) { buffer, filled in
            length = unsafe file.read(into: buffer.baseAddress, count: limit + 1)
            code = errno
            filled = max(0, length)
        }
        if length < 0, Shortage.explains(code) {
            Shortage.note(code)
            throw SystemError("read \(path)", code: code)
        }
        return (0...limit).contains(length) ? bytes : nil
    }

    /// The content of a file, parsed.
    ///
    /// - Parameter manual: the page that describes the file, for the error.
    static func parse<Value>(
        _ path: String,
        manual: String,
        _ parse: ([UInt8]) -> Value?
    ) throws(ProcFileError) -> Value {
        let content: [UInt8]
        do {
            content = try read(path)
        } catch {
            throw .unreadable(error)
        }
        guard let value = parse(content) else { throw .malformed(path: path, manual: manual) }
        return value
    }
}

/// Why a file of the kernel gave no value.
package enum ProcFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(SystemError)
    /// The file differs from its description in the manual.
    case malformed(path: String, manual: String)

    package var description: String {
        switch self {
        case .unreadable(let error):
            "\(error)"
        case .malformed(let path, let manual):
            "\(path) differs from its description in \(manual): please report it, with the file and `uname -a`"
        }
    }
}

/// Symbolic links: symlink(7).
package enum SymbolicLink {
    /// The path behind all links of `path`: realpath(3). Nil where there is no file.
    package static func end(of path: String) -> String? {
        guard let end = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(end) }
        return unsafe String(cString: end)
    }

    /// The target of the link at `path`: readlink(2).
    package static func target(of path: String) throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count >= 0 else { throw SystemError("read link \(path)") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The unit in which /proc counts CPU time: USER_HZ, time(7).
package enum ClockTicks {
    /// 100 on every architecture that this program runs on, but only sysconf(3) is authoritative.
    static let perSecond = UInt64(clamping: max(sysconf(Int32(_SC_CLK_TCK)), 1))

    package static func duration(_ ticks: UInt64) -> Duration {
        let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: perSecond)
        return .seconds(Int64(clamping: seconds)) + .nanoseconds(Int64(rest * 1_000_000_000 / perSecond))
    }
}

extension UInt64 {
    /// Reads digits and nothing else. Nil for other text, for empty text, and for numbers beyond 64 bits.
    init?(decimal digits: some Sequence<UInt8>) {
        var number: UInt64?
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (shifted, overflowed) = (number ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carried) = shifted.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !overflowed, !carried else { return nil }
            number = sum
        }
        guard let number else { return nil }
        self = number
    }
}
