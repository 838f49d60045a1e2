import Linux

/// What files said, so that each is read once however many processes run it. Files are recognised without opening
/// them.
struct ImageCache<Content> {
    /// Enough for a host full of containers; a stream of new files must not fill the memory.
    private static var capacity: Int { 4096 }

    private var contents: [FileIdentity: Content] = [:]

    /// - Throws: what opening the file says; that is not remembered, as it may have to do with who asks.
    mutating func content(
        of image: ImageLocator.Image,
        read: (ELFFile) -> Content,
        otherwise: Content
    ) throws(SystemError) -> Content {
        if let known = contents[image.identity] { return known }
        let file = try ImageFile(path: image.path, expecting: image.identity)
        let content: Content
        do throws(ELFFile.Malformation) {
            content = read(try ELFFile(file))
        } catch {
            content = otherwise
        }
        if contents.count >= Self.capacity { contents.removeAll() }
        contents[image.identity] = content
        return content
    }
}
