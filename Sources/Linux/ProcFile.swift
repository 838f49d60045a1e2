import Glibc

/// Whole files of /proc and of cgroup file systems.
package enum ProcFile {
    /// No file that is read here comes near it: /proc/stat and mountinfo, the largest, reach a few MiB on big hosts.
    package static let largest = 16 << 20

    /// The content of a file.
    ///
    /// It is read to its end, because these files say that they are 0 bytes long: proc(5).
    package static func read(_ path: String, atMost limit: Int = largest) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        defer { close(descriptor) }

        var content: [UInt8] = []
        // Most of these files fit in a page, and the kernel hands out a page at a time.
        var room = 4096
        while true {
            let start = content.count
            content.append(contentsOf: repeatElement(0, count: room))
            let count = unsafe content.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: start), room)
            }
            let code = errno
            content.removeLast(room - max(count, 0))
            guard count >= 0 else {
                guard code == EINTR else { throw SystemError("read \(path)", code: code) }
                continue
            }
            if count == 0 { return content }
            guard content.count <= limit else {
                throw SystemError("read \(path), of which at most \(limit) bytes are read", code: EFBIG)
            }
            room = max(room, content.count)
        }
    }

    /// At most `count` bytes from a file's start; nil where it cannot be read.
    package static func beginning(_ path: String, atMost count: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
        return bytes
    }

    /// The content of a file whose driver hands out all of it at once (`single_open` of fs/seq_file.c, or
    /// `simple_read_from_buffer`), by one read rather than two; nil where it cannot be read, or is longer than `most`.
    package static func record(_ path: String, atMost most: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var length = -1
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: most + 1) { buffer, filled in
            repeat {
                length = unsafe Glibc.read(descriptor, buffer.baseAddress, most + 1)
            } while length < 0 && errno == EINTR
            filled = max(0, length)
        }
        return (0...most).contains(length) ? bytes : nil
    }

    /// What a file says, as `parse` understands it; `manual` is the page that describes the file.
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

/// A file of the kernel's that gave no answer.
package enum ProcFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(SystemError)
    /// The file does not look as the manual describes it.
    case malformed(path: String, manual: String)

    package var description: String {
        switch self {
        case .unreadable(let error):
            "\(error)"
        case .malformed(let path, let manual):
            "\(path) does not look as \(manual) describes it: please report it, with the file and `uname -a`"
        }
    }
}
