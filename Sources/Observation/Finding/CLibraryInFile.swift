/// Which C library a file is.
enum CLibraryInFile {
    /// Whether a mapped file is likely to be one, by its name: "libc.so.6", "libc-2.31.so" before glibc 2.34,
    /// "ld-musl-x86_64.so.1".
    static func isLikely(_ name: Substring) -> Bool {
        name == "libc.so.6" || name.hasPrefix("libc-2.") || isMusl(name)
    }

    static func isMusl(_ name: Substring) -> Bool {
        name.hasPrefix("ld-musl-") || name.hasPrefix("libc.musl-")
    }

    /// glibc says "GNU C Library (…) stable release version 2.36." (version.c). Where a distribution has changed that,
    /// the newest of its symbol versions, "GLIBC_2.36", is not newer than the library.
    static func glibc(_ file: ELFFile) -> CLibrary {
        let banner = file.section(named: ".rodata").flatMap { minor(after: "release version 2.", in: $0, of: file) }
        let names = file.section(named: ".dynstr").flatMap { minor(after: "GLIBC_2.", in: $0, of: file) }
        return (banner ?? names).map { .glibc(major: 2, minor: $0) } ?? .unknown
    }

    private static func minor(after text: String, in section: ELFFile.Section, of file: ELFFile) -> Int? {
        let prefix = Array(text.utf8)
        return file.occurrences(of: [prefix], in: section.content, atMost: 128).joined().compactMap { place in
            let start = place + UInt64(prefix.count)
            guard let bytes = file.file.bytes(at: start, count: Int(min(4, section.content.upperBound - start))) else {
                return nil
            }
            return Int(String(decoding: bytes.prefix { (0x30...0x39).contains($0) }, as: UTF8.self))
        }.max()
    }
}
