import Glibc
import Linux

/// The results of reading image files. Each file is read once, however many processes run it, and recognised without
/// being opened.
///
/// Safe to use from several threads. No thread holds the lock while it reads a file.
final class ImageCache<Content: Sendable>: Sendable {
    /// Enough for a host full of containers. The limit keeps a stream of new files from filling the memory.
    private static var capacity: Int { 4096 }
    /// Nanoseconds until an unreadable file is tried again: a disk or network may have failed for a while.
    private static var retryInterval: UInt64 { 60_000_000_000 }

    private let budget: ImageFile.Budget
    private let contents = Protected<[FileIdentity: (content: Content, until: UInt64)]>([:])

    init(budget: ImageFile.Budget = ImageFile.Budget()) { self.budget = budget }

    func content(of image: ImageLocator.Image, read: (ELFFile) -> Content, failed: (ImageFailure) -> Content) -> Content
    {
        let now = KernelClock.monotonic()
        if let known = contents.withLock({ $0[image.identity] }), now < known.until { return known.content }
        let content: Content
        var until = UInt64.max
        do throws(ImageFailure) {
            content = try examine(image, read)
        } catch {
            content = failed(error)
            if error == .unreadable { until = now + Self.retryInterval }
            if error == .postponed { until = now }
        }
        // A file that could not be opened for a lack of descriptors is tried again at once.
        guard until > now else { return content }
        contents.withLock { contents in
            if contents.count >= Self.capacity { contents.removeAll() }
            contents[image.identity] = (content, until)
        }
        return content
    }

    private func examine(_ image: ImageLocator.Image, _ read: (ELFFile) -> Content) throws(ImageFailure) -> Content {
        let file: ImageFile
        do throws(SystemError) {
            file = try ImageFile(path: image.path, expecting: image.identity, budget: budget)
        } catch {
            throw error.isShortage ? .postponed : .unreadable
        }
        let content: Result<Content, ImageFailure>
        do throws(ELFFile.Malformation) {
            content = .success(read(try ELFFile(file)))
        } catch {
            content = .failure(error.isForeign ? .foreign : .malformed)
        }
        switch file.shortfall {
        case .unreadable: throw .unreadable
        case .exhausted: throw .exhausted
        case nil: return try content.get()
        }
    }
}

/// Why nothing is known of an image file.
enum ImageFailure: Error, Sendable {
    /// It is for another architecture or word size.
    case foreign
    case malformed
    /// Reading it would have exceeded the budget.
    case exhausted
    case unreadable
    /// This program lacked a descriptor or memory to open it.
    case postponed
}
