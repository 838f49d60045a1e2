import Testing

@testable import Observation

struct PythonImageTests {
    @Test(arguments: [
        ("\u{0}3.9.2\u{0}x", PythonFileVersion.released(PythonVersion(major: 3, minor: 9, micro: 2))),
        ("x3.10.12+\u{0}", .released(PythonVersion(major: 3, minor: 10, micro: 12))),
        (" 3.8.10 (default)", .released(PythonVersion(major: 3, minor: 8, micro: 10))),
        ("\u{0}3.10.0rc1\u{0}", .unreleased),
        ("\u{0}3.9.0a1\u{0}", .unreleased),
    ])
    func `a version is read from text`(text: String, version: PythonFileVersion) {
        #expect(PythonFileVersion.version(text: Array(text.utf8)) == version)
    }

    @Test(arguments: [
        "13.9.2\u{0}", ".3.9.2\u{0}", "\u{0}3.9.\u{0}", "\u{0}3.9.2x", "\u{0}3.9.2", "", "\u{0}3.9.2.1\u{0}",
    ])
    func `other texts are not versions`(text: String) {
        #expect(PythonFileVersion.version(text: Array(text.utf8)) == nil)
    }

    @Test func `a library's name contains the minor version`() {
        #expect(
            PythonFileVersion.version(soname: "libpython3.9.so.1.0") == PythonVersion(major: 3, minor: 9, micro: 0)
        )
        #expect(PythonFileVersion.version(soname: "libpython2.7.so.1.0") == nil)
        #expect(PythonFileVersion.version(soname: "libpypy3-c.so") == nil)
    }
}
