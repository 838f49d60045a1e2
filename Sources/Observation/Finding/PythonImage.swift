/// The facts about a CPython interpreter that its program or library file states.
struct PythonImage: Sendable, Equatable {
    /// The address of `_PyRuntime` before the load bias is added.
    let runtime: UInt64
    let version: PythonFileVersion
    let architecture: Architecture
    let segments: [ELFFile.Segment]
    let isFixed: Bool

    /// The symbols that identify a CPython and its version.
    static let symbols = ["_PyRuntime", "Py_Version", "Py_GetVersion"]

    /// - Returns: nil for a file without `_PyRuntime`, such as PyPy's.
    init?(_ file: ELFFile) { self.init(file, symbols: file.symbols(Self.symbols)) }

    /// - Parameter symbols: the values of ``symbols`` that the file defines.
    init?(_ file: ELFFile, symbols: [String: UInt64]) {
        // From 3.10 on, this section contains `_PyRuntime` and nothing else: pycore_runtime.h, pylifecycle.c.
        guard let runtime = symbols["_PyRuntime"] ?? file.section(named: ".PyRuntime")?.address, runtime > 0 else {
            return nil
        }
        self.runtime = runtime
        version = PythonFileVersion(of: file, number: symbols["Py_Version"])
        architecture = file.architecture
        segments = file.segments
        isFixed = file.isFixed
    }

    /// The difference between the addresses of the process and those of the file; nil if the process has not mapped the
    /// file as the file prescribes.
    func loadBias(_ mappings: [FileMapping], pageSize: UInt64) -> UInt64? {
        guard !isFixed else { return 0 }
        // Two segments may map one file offset, as text and data share a page. Code is in only one of them.
        for mapping in mappings where mapping.isExecutable {
            for segment in segments where segment.isExecutable {
                guard segment.offset / pageSize * pageSize == mapping.offset else { continue }
                return mapping.start &- segment.address / pageSize * pageSize
            }
        }
        return nil
    }
}

/// The version of CPython that a file states.
enum PythonFileVersion: Sendable, Equatable {
    case released(PythonVersion)
    /// An alpha, beta or release candidate.
    case unreleased
    /// Only the memory of a process states it.
    case unknown

    /// - Parameter address: of `Py_Version`, if the file has it.
    init(of file: ELFFile, number address: UInt64?) {
        if let address,
            let number: UInt64 = file.bytes(atAddress: address, count: 8)?.number(at: 0)
        {
            self.init(hexadecimal: number)
        } else if let version = Self.text(in: file) {
            self = version
        } else {
            self = file.soname.flatMap(Self.version(soname:)).map { .released($0) } ?? .unknown
        }
    }

    /// Parses `PY_VERSION_HEX`: a byte each for major, minor and micro, and a byte of release level (0xF is final) and
    /// serial. From 3.11 on, `Py_Version` is an unsigned long of this form.
    init(hexadecimal number: UInt64) {
        guard number >> 24 == 3 else {
            self = .unknown
            return
        }
        guard number >> 4 & 0xf == 0xf else {
            self = .unreleased
            return
        }
        self = .released(PythonVersion(major: 3, minor: Int(number >> 16 & 0xff), micro: Int(number >> 8 & 0xff)))
    }

    /// Parses "libpython3.9.so.1.0". It has only the minor version, which is what the layout depends on.
    static func version(soname: String) -> PythonVersion? {
        guard soname.hasPrefix("libpython3.") else { return nil }
        let digits = soname.dropFirst("libpython3.".count).prefix { $0.isASCII && $0.isNumber }
        return Int(digits).map { PythonVersion(major: 3, minor: $0, micro: 0) }
    }

    /// Searches the constants for the text `PY_VERSION`. From 3.11 on there is `Py_Version`, but a program that 3.11 or
    /// 3.12 is linked into may have lost its symbols. Later versions describe themselves in memory.
    private static func text(in file: ELFFile) -> PythonFileVersion? {
        guard let constants = file.section(named: ".rodata") else { return nil }
        var found: PythonFileVersion?
        let texts = (8...12).map { Array("3.\($0).".utf8) }
        for offsets in file.occurrences(of: texts, in: constants.content, max: 64) {
            for offset in offsets where offset > constants.content.lowerBound {
                let room = Int(min(24, constants.content.upperBound - offset + 1))
                guard let bytes = file.file.bytes(at: offset - 1, count: room), let version = version(text: bytes)
                else { continue }
                // If two versions differ, neither is known to be Python's own.
                guard found == nil || found == version else { return nil }
                found = version
            }
        }
        return found
    }

    /// - Parameter bytes: the version, with one byte before it and some behind it.
    static func version(text bytes: [UInt8]) -> PythonFileVersion? {
        guard let before = bytes.first, !before.isDigit, before != UInt8(ascii: ".") else { return nil }
        let parts = bytes.dropFirst().split(separator: UInt8(ascii: "."), maxSplits: 2)
        guard parts.count == 3, let minor = Int(String(decoding: parts[1], as: UTF8.self)) else { return nil }
        let digits = parts[2].prefix(while: \.isDigit)
        guard let micro = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        switch parts[2].dropFirst(digits.count).first {
        // "3.9.2", "3.9.2+", "3.9.2 (…"
        case 0, UInt8(ascii: "+"), UInt8(ascii: " "):
            return .released(PythonVersion(major: 3, minor: minor, micro: micro))
        // "3.9.0a1", "3.9.0b2", "3.9.0rc1"
        case UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "r"):
            return .unreleased
        default:
            return nil
        }
    }
}

extension CLibrary {
    /// Whether a mapped file is likely to be a C library, by its name: "libc.so.6", "libc-2.31.so" before glibc 2.34,
    /// "ld-musl-x86_64.so.1".
    static func isLikely(_ name: Substring) -> Bool {
        name == "libc.so.6" || name.hasPrefix("libc-2.") || isMusl(name)
    }

    static func isMusl(_ name: Substring) -> Bool {
        name.hasPrefix("ld-musl-") || name.hasPrefix("libc.musl-")
    }

    /// glibc contains "GNU C Library (…) stable release version 2.36." (version.c). If a distribution has changed that
    /// text, the newest symbol version, "GLIBC_2.36", is a lower bound.
    init(glibc file: ELFFile) {
        let banner = file.section(named: ".rodata").flatMap {
            Self.minor(after: "release version 2.", in: $0, of: file)
        }
        let names = file.section(named: ".dynstr").flatMap { Self.minor(after: "GLIBC_2.", in: $0, of: file) }
        self = (banner ?? names).map { .glibc(major: 2, minor: $0) } ?? .unknown
    }

    /// A glibc whose file cannot be read. Before glibc 2.34 the name has the version.
    init(glibcNamed name: Substring) {
        let digits = name.hasPrefix("libc-2.") ? name.dropFirst("libc-2.".count).prefix { $0.isNumber } : ""
        self = Int(digits).map { .glibc(major: 2, minor: $0) } ?? .unreadable
    }

    private static func minor(after text: String, in section: ELFFile.Section, of file: ELFFile) -> Int? {
        let prefix = Array(text.utf8)
        return file.occurrences(of: [prefix], in: section.content, max: 128).joined().compactMap { offset in
            let start = offset + UInt64(prefix.count)
            guard let bytes = file.file.bytes(at: start, count: Int(min(4, section.content.upperBound - start))) else {
                return nil
            }
            return Int(String(decoding: bytes.prefix(while: \.isDigit), as: UTF8.self))
        }.max()
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
