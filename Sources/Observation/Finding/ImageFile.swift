import Glibc
import Linux

/// A program or library on disk, open to be read here and there, as far as a budget reaches.
///
/// It is never mapped: whoever may write to it may also truncate it, which would end a reader of the mapping by SIGBUS.
final class ImageFile: Sendable {
    /// What looking through one file may cost.
    struct Budget: Sendable {
        /// Names and symbols of the largest programs that are met, browsers and machine learning libraries with all
        /// debugging symbols, have 400 MiB. They are read once.
        var bytes = 512 << 20
        /// Nanoseconds of CPU. To look through that many bytes takes a third of it.
        var cpu: UInt64 = 1_000_000_000
    }

    /// Why bytes that should be there were not read.
    enum Shortfall: Sendable {
        /// The disk, or the network behind it, says so.
        case unreadable
        case exhausted
    }

    let size: UInt64
    private let file: OwnedDescriptor
    private let cpuLimit: UInt64
    private let state: Protected<(remaining: Int, shortfall: Shortfall?)>

    /// Opens a file that is the one meant, and nothing but a regular file: opening a device may have effects.
    init(path: String, expecting identity: FileIdentity, budget: Budget = Budget()) throws(SystemError) {
        // O_NONBLOCK, because between the look and the opening a FIFO may have come in the file's place.
        let file = try OwnedDescriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard FileIdentity(file) == identity else {
            throw SystemError("open \(path), which has just been replaced", code: ESTALE)
        }
        self.file = file
        size = identity.size
        cpuLimit = KernelClock.threadCPU() + budget.cpu
        state = Protected((budget.bytes, nil))
    }

    /// Nil while all that was asked for was read.
    var shortfall: Shortfall? { state.withLock { $0.shortfall } }

    /// Exactly `count` bytes; nil where the file has fewer, cannot be read, or has been read too much.
    func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, offset <= size, UInt64(count) <= size - offset, mayRead(count) else { return nil }
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count {
                let got = unsafe file.read(
                    into: buffer.baseAddress?.advanced(by: filled),
                    count: count - filled,
                    at: Int(offset) + filled
                )
                failed = got < 0
                guard got > 0 else { return }
                filled += got
            }
        }
        if failed { state.withLock { $0.shortfall = .unreadable } }
        return bytes.count == count ? bytes : nil
    }

    private func mayRead(_ count: Int) -> Bool {
        let isTimeLeft = KernelClock.threadCPU() < cpuLimit
        return state.withLock { state in
            guard isTimeLeft, count <= state.remaining else {
                state.shortfall = .exhausted
                return false
            }
            state.remaining -= count
            return true
        }
    }
}
