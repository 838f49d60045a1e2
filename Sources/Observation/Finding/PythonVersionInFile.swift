/// Which version of CPython a file is.
enum PythonVersionInFile {
    /// - Parameter address: of `Py_Version`, where the file has it.
    static func read(_ file: ELFFile, number address: UInt64?) -> PythonImage.Version {
        if let address,
            let number: UInt64 = file.bytes(atAddress: address, count: 8)?.number(at: 0)
        {
            return version(hexadecimal: number)
        }
        if let text = versionText(file) { return text }
        return file.soname.flatMap(version(soname:)).map { .released($0) } ?? .unknown
    }

    /// `PY_VERSION_HEX`: major, minor, micro, and a byte of release level (0xF is final) and serial. `Py_Version`, from
    /// 3.11 on, has it as an unsigned long.
    static func version(hexadecimal number: UInt64) -> PythonImage.Version {
        guard number >> 24 == 3 else { return .unknown }
        guard number >> 4 & 0xf == 0xf else { return .unreleased }
        return .released(
            PythonVersion(major: 3, minor: Int(number >> 16 & 0xff), micro: Int(number >> 8 & 0xff))
        )
    }

    /// "libpython3.9.so.1.0": no more than the minor version, which the layout depends on.
    static func version(soname: String) -> PythonVersion? {
        guard soname.hasPrefix("libpython3.") else { return nil }
        let digits = soname.dropFirst("libpython3.".count).prefix { $0.isASCII && $0.isNumber }
        return Int(digits).map { PythonVersion(major: 3, minor: $0, micro: 0) }
    }

    /// `PY_VERSION` as text, which stands among the constants. Versions from 3.11 on have `Py_Version`, but a program
    /// that 3.11 or 3.12 is linked into may have lost its symbols; later ones describe themselves in memory.
    private static func versionText(_ file: ELFFile) -> PythonImage.Version? {
        guard let constants = file.section(named: ".rodata") else { return nil }
        var found: PythonImage.Version?
        let texts = (8...12).map { Array("3.\($0).".utf8) }
        for places in file.occurrences(of: texts, in: constants.content, atMost: 64) {
            for place in places where place > constants.content.lowerBound {
                let room = Int(min(24, constants.content.upperBound - place + 1))
                guard let bytes = file.file.bytes(at: place - 1, count: room), let version = version(text: bytes)
                else { continue }
                // Of two that differ neither is known to be Python's own.
                guard found == nil || found == version else { return nil }
                found = version
            }
        }
        return found
    }

    /// - Parameter bytes: the version with the byte before it and some behind it.
    static func version(text bytes: [UInt8]) -> PythonImage.Version? {
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

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
