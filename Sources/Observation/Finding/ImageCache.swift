import Glibc
import Linux

/// What files said, so that each is read once however many processes run it. Files are recognised without opening
/// them. For several threads, of which none waits for a file in here.
final class ImageCache<Content: Sendable>: Sendable {
    /// Enough for a host full of containers; a stream of new files must not fill the memory.
    private static var capacity: Int { 4096 }
    /// Nanoseconds after which a file that could not be read is tried again: it may have had to do with the disk, or
    /// with who asked.
    private static var unreadableFor: UInt64 { 60_000_000_000 }

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
            if error == .unreadable { until = now + Self.unreadableFor }
        }
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
            throw .unreadable
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

/// Why a file says nothing.
enum ImageFailure: Error, Sendable {
    /// A program for other processors, or of another word size.
    case foreign
    case malformed
    /// It would have cost more than a file may.
    case exhausted
    case unreadable
}
