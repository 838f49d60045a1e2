import Glibc
import Linux
import Testing

@testable import Observation

struct ELFFileTests {
    @Test func `a small file states the address and the version of Python`() throws {
        let (python, library) = try #require(try ELFBytes(SmallELF.bytes()).examine())
        let image = try #require(python)
        #expect(image.runtime == 0x5000)
        #expect(image.version == .released(PythonVersion(major: 3, minor: 11, micro: 2)))
        #expect(library == .glibc(major: 2, minor: 36))
    }

    @Test func `an unreleased version is recognised`() throws {
        let (python, _) = try #require(try ELFBytes(SmallELF.bytes(version: 0x030e_00c2)).examine())
        #expect(python?.version == .unreleased)
    }

    @Test func `a truncated file is malformed`() throws {
        let whole = SmallELF.bytes()
        for length in 0..<whole.count {
            // The section headers come last, so every truncation affects them.
            #expect(try ELFBytes(Array(whole.prefix(length))).examine() == nil)
        }
    }

    @Test func `a file with any byte changed does not crash the parser`() throws {
        var generator = SplitMix64(seed: 6)
        let whole = SmallELF.bytes()
        for place in whole.indices {
            for value in [0, 1, 0x7f, 0x80, 0xff, UInt8.random(in: .min ... .max, using: &generator)] {
                var damaged = whole
                damaged[place] = value
                if let (python, _) = try ELFBytes(damaged).examine(), let python {
                    #expect(python.runtime > 0)
                }
            }
        }
    }

    @Test func `numbers that overflow do not crash the parser`() throws {
        let whole = SmallELF.bytes()
        for place in stride(from: 24, to: whole.count - 8, by: 4) {
            var damaged = whole
            damaged.replaceSubrange(place..<place + 8, with: Array(repeating: 0xff, count: 8))
            _ = try ELFBytes(damaged).examine()
        }
    }

    @Test func `damaged programs of this host do not crash the parser`() throws {
        var generator = SplitMix64(seed: 66)
        let path = "/bin/true"
        let whole = try ProcFile.read(path)
        #expect(try ELFBytes(whole).examine() != nil)
        for _ in 0..<500 {
            var damaged = whole
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                // Near the offsets at the beginning, or near the section headers at the end.
                let near = Int.random(in: 0..<2048, using: &generator)
                let place = Bool.random(using: &generator) ? near : damaged.count - 1 - near
                damaged[place] = UInt8.random(in: .min ... .max, using: &generator)
            }
            if Bool.random(using: &generator) {
                damaged.removeLast(Int.random(in: 0..<damaged.count, using: &generator))
            }
            _ = try ELFBytes(damaged).examine()
        }
    }

    @Test func `the version of the C library that runs this test is read`() throws {
        // "glibc 2.36"
        var name = [CChar](repeating: 0, count: 64)
        let length = unsafe confstr(CInt(_CS_GNU_LIBC_VERSION), &name, name.count)
        let text = String(decoding: name.prefix(max(length, 1) - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let version = text.dropFirst("glibc ".count).split(separator: ".").compactMap { Int($0) }
        let maps = FileMapping.programs(parsing: try ProcFile.read("/proc/self/maps"))
        let library = try #require(maps.first { CLibrary.isLikely($0.name) })
        let image = try #require(ImageLocator(proc: "/proc").file(of: library, in: getpid()))
        let file = try ELFFile(try ImageFile(path: image.path, expecting: image.identity))
        #expect(CLibrary(glibc: file) == .glibc(major: version[0], minor: version[1]))
    }

    @Test func `a file that was replaced since it was identified is not read`() throws {
        let first = try ELFBytes(SmallELF.bytes())
        let second = try ELFBytes(SmallELF.bytes())
        let (expected, other) = (try first.image(), try second.image())
        #expect(throws: SystemError.self) { try ImageFile(path: other.path, expecting: expected.identity).size }
    }

    @Test func `the end of a text is searched for within its limit`() {
        let bytes = Array("abc\0".utf8)
        #expect(bytes.text(at: 1, atMost: 3)?.count == 2)
        #expect(bytes.text(at: 1, atMost: 2) == nil)
        #expect(bytes.text(at: 4, atMost: 3) == nil)
    }

    @Test func `only a regular file is an image`() {
        #expect(FileIdentity(regularFileAt: "/dev/zero") == nil)
        #expect(FileIdentity(regularFileAt: "/") == nil)
        #expect(FileIdentity(regularFileAt: "/nonexistent") == nil)
    }

    @Test func `of several symbol tables the first of each kind counts`() throws {
        var bytes = SmallELF.bytes()
        let table = try #require(bytes.number(at: 40, as: UInt64.self))
        // Turns .dynamic into another table of exported symbols, behind the real one.
        bytes[Int(table) + 4 * 64 + 4] = 11
        let (python, _) = try #require(try ELFBytes(bytes).examine())
        #expect(python?.runtime == 0x5000)
    }

    @Test func `reads beyond the budget fail and are reported`() throws {
        let bytes = try ELFBytes(SmallELF.bytes())
        let image = try bytes.image()
        let small = try ImageFile(path: image.path, expecting: image.identity, budget: ImageFile.Budget(bytes: 100))
        #expect(small.bytes(at: 0, count: 64) != nil)
        #expect(small.shortfall == nil)
        #expect(small.bytes(at: 0, count: 64) == nil)
        #expect(small.shortfall == .exhausted)
        let late = try ImageFile(path: image.path, expecting: image.identity, budget: ImageFile.Budget(cpu: 0))
        #expect(late.bytes(at: 0, count: 1) == nil)
        #expect(late.shortfall == .exhausted)
    }

    @Test func `texts across the chunks of a file are found once each`() throws {
        let needle = Array("_PyRuntime\0".utf8)
        for place in [0, 65_530, 65_536 - needle.count, 65_536, 131_066] {
            var content = [UInt8](repeating: 0, count: 200_000)
            content.replaceSubrange(place..<place + needle.count, with: needle)
            let elf = SmallELF.bytes()
            let bytes = try ELFBytes(elf + content)
            let image = try bytes.image()
            let file = try ELFFile(try ImageFile(path: image.path, expecting: image.identity))
            let start = UInt64(elf.count)
            let found = file.occurrences(
                of: [needle, Array("Py_Version\0".utf8)],
                in: start..<start + UInt64(content.count),
                max: 8
            )
            #expect(found == [[start + UInt64(place)], []])
        }
    }
}
