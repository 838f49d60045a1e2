import Glibc
import Linux

@testable import Observation

/// Bytes as the file that is parsed: in memory, under a path.
struct ELFBytes: ~Copyable {
    private let file: MemoryFile

    init(_ bytes: [UInt8]) throws { file = try MemoryFile("elf", containing: bytes) }

    func image() throws -> ImageLocator.Image {
        let path = "/proc/self/fd/\(file.descriptor)"
        guard let identity = FileIdentity(path: path) else { throw SystemError("look at \(path)") }
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

/// SplitMix64, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
