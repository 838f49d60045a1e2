import Glibc
import Linux

/// A program or library on disk, open to be read here and there.
///
/// It is never mapped: whoever may write to it may also truncate it, which would end a reader of the mapping by SIGBUS.
final class ImageFile: Sendable {
    let size: UInt64
    private let descriptor: CInt

    /// Opens a file that is the one meant, and nothing but a regular file: opening a device may have effects.
    init(path: String, expecting identity: FileIdentity) throws(SystemError) {
        // O_NONBLOCK, because between the look and the opening a FIFO may have come in the file's place.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw SystemError("open \(path)") }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, FileIdentity(status) == identity else {
            close(descriptor)
            throw SystemError("open \(path), which has just been replaced", code: ESTALE)
        }
        self.descriptor = descriptor
        size = identity.size
    }

    deinit { close(descriptor) }

    /// Exactly `count` bytes; nil where the file has fewer, or cannot be read.
    func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, offset <= size, UInt64(count) <= size - offset else { return nil }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count {
                let got = unsafe pread(
                    descriptor,
                    buffer.baseAddress?.advanced(by: filled),
                    count - filled,
                    off_t(offset) + off_t(filled)
                )
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
        return bytes.count == count ? bytes : nil
    }
}
