import Glibc

/// A file descriptor that belongs to one value, which closes it: open(2), close(2).
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let number: CInt

    /// Takes over a descriptor that nothing else closes.
    package init(adopting number: CInt) { self.number = number }

    /// Opens a file. The programs that this process starts do not inherit it.
    package init(opening path: String, _ flags: CInt = O_RDONLY) throws(SystemError) {
        guard let descriptor = OwnedDescriptor(at: path, flags) else { throw SystemError("open \(path)") }
        self = descriptor
    }

    /// The same for failures that need no text: nil, with errno.
    package init?(at path: String, _ flags: CInt = O_RDONLY) {
        var number: CInt = -1
        // A signal may interrupt the opening of a FIFO or of a file on a network.
        repeat { number = unsafe open(path, flags | O_CLOEXEC) } while number < 0 && errno == EINTR
        guard number >= 0 else {
            Shortage.note(errno)
            return nil
        }
        self.number = number
    }

    deinit { close(number) }

    /// Passes the descriptor to a new owner, which closes it.
    package consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    /// Reads what is available, up to `count` bytes.
    ///
    /// - Returns: the number of bytes; 0 at the end; -1, with errno, after an error other than an interruption.
    package borrowing func read(into memory: UnsafeMutableRawPointer?, count: Int) -> Int {
        var got = 0
        repeat { got = unsafe Glibc.read(number, memory, count) } while got < 0 && errno == EINTR
        return got
    }

    package borrowing func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe read(into: buffer.baseAddress, count: buffer.count)
    }

    /// The same from an offset in the file: pread(2).
    package borrowing func read(into memory: UnsafeMutableRawPointer?, count: Int, at offset: Int) -> Int {
        var got = 0
        repeat { got = unsafe pread(number, memory, count, offset) } while got < 0 && errno == EINTR
        return got
    }

    package borrowing func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        unsafe read(into: buffer.baseAddress, count: buffer.count, at: offset)
    }
}
