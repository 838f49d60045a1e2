import Glibc
import Linux

@testable import Observation

/// Bytes as the file that is parsed: in memory, under a path.
struct ELFBytes: ~Copyable {
    private let file: MemoryFile

    init(_ bytes: [UInt8]) throws { file = try MemoryFile("elf", containing: bytes) }

    func image() throws -> ImageLocator.Image {
        let path = "/proc/self/fd/\(file.descriptor)"
        guard let identity = FileIdentity(regularFileAt: path) else { throw SystemError("look at \(path)") }
        return ImageLocator.Image(path: path, identity: identity)
    }

    /// Everything that is ever asked of a file.
    func examine() throws -> (python: PythonImage?, library: CLibrary)? {
        let image = try image()
        let open = try ImageFile(path: image.path, expecting: image.identity)
        do throws(ELFFile.Malformation) {
            let file = try ELFFile(open)
            return (PythonImage(file), CLibraryInFile.glibc(file))
        } catch {
            return nil
        }
    }
}
