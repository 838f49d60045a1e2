import Testing

@testable import Observation

struct PythonVersionInFileTests {
    @Test(arguments: [
        ("\u{0}3.9.2\u{0}x", PythonImage.Version.released(PythonVersion(major: 3, minor: 9, micro: 2))),
        ("x3.10.12+\u{0}", .released(PythonVersion(major: 3, minor: 10, micro: 12))),
        (" 3.8.10 (default)", .released(PythonVersion(major: 3, minor: 8, micro: 10))),
        ("\u{0}3.10.0rc1\u{0}", .unreleased),
        ("\u{0}3.9.0a1\u{0}", .unreleased),
    ])
    func `a version is told from the text`(text: String, version: PythonImage.Version) {
        #expect(PythonVersionInFile.version(text: Array(text.utf8)) == version)
    }

    @Test(arguments: [
        "13.9.2\u{0}", ".3.9.2\u{0}", "\u{0}3.9.\u{0}", "\u{0}3.9.2x", "\u{0}3.9.2", "", "\u{0}3.9.2.1\u{0}",
    ])
    func `other texts are no version`(text: String) {
        #expect(PythonVersionInFile.version(text: Array(text.utf8)) == nil)
    }

    @Test func `a library's name tells the minor version`() {
        #expect(
            PythonVersionInFile.version(soname: "libpython3.9.so.1.0") == PythonVersion(major: 3, minor: 9, micro: 0)
        )
        #expect(PythonVersionInFile.version(soname: "libpython2.7.so.1.0") == nil)
        #expect(PythonVersionInFile.version(soname: "libpypy3-c.so") == nil)
    }
}
