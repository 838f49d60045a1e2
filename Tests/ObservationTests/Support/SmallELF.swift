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
            return (PythonImage(file), CLibrary(glibc: file))
        } catch {
            return nil
        }
    }
}

/// A well-formed file of a few hundred bytes that has all that is looked for, to be damaged.
enum SmallELF {
    static func bytes(version: UInt64 = 0x030b_02f0) -> [UInt8] {
        let names = Array("\0_PyRuntime\0Py_Version\0libpython3.11.so.1.0\0GLIBC_2.36\0".utf8)
        let sectionNames = Array("\0.dynsym\0.dynstr\0.rodata\0.dynamic\0.shstrtab\0".utf8)
        var content: [UInt8] = Array(repeating: 0, count: 64 + 56)
        func append(_ bytes: [UInt8]) -> (offset: Int, size: Int) {
            defer { content += bytes }
            return (content.count, bytes.count)
        }
        let constants = append(little(version, 8))
        let symbols = append(
            Array(repeating: 0, count: 24)
                + symbol(name: 1, value: 0x5000)
                + symbol(name: 12, value: UInt64(0x1000 + constants.offset))
        )
        let strings = append(names)
        // DT_SONAME
        let dynamic = append(little(14, 8) + little(23, 8))
        let labels = append(sectionNames)
        let table = content.count
        content += Array(repeating: 0, count: 64)
        content += section(name: 1, type: 11, symbols, link: 2)
        content += section(name: 9, type: 3, strings, link: 0)
        content += section(name: 17, type: 1, constants, link: 0)
        content += section(name: 25, type: 6, dynamic, link: 2)
        content += section(name: 34, type: 3, labels, link: 0)
        let segment =
            little(1, 4) + little(5, 4) + little(0, 8) + little(0x1000, 8) + little(0, 8)
            + little(UInt64(content.count), 8) + little(UInt64(content.count), 8) + little(0x1000, 8)
        let header: [UInt8] =
            [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + Array(repeating: 0, count: 9) + little(3, 2) + little(62, 2)
            + little(1, 4) + little(0, 8) + little(64, 8) + little(UInt64(table), 8) + little(0, 4) + little(64, 2)
            + little(56, 2) + little(1, 2) + little(64, 2) + little(6, 2) + little(5, 2)
        content.replaceSubrange(0..<120, with: header + segment)
        return content
    }

    private static func symbol(name: UInt64, value: UInt64) -> [UInt8] {
        little(name, 4) + [0x11, 0] + little(1, 2) + little(value, 8) + little(8, 8)
    }

    private static func section(
        name: UInt64,
        type: UInt64,
        _ place: (offset: Int, size: Int),
        link: UInt64
    ) -> [UInt8] {
        little(name, 4) + little(type, 4) + little(0, 8) + little(0, 8) + little(UInt64(place.offset), 8)
            + little(UInt64(place.size), 8) + little(link, 4) + little(0, 4) + little(1, 8) + little(0, 8)
    }

    private static func little(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
