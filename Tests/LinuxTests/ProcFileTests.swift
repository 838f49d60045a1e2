import Glibc
import TestSupport
import Testing

@testable import Linux

struct ProcFileTests {
    @Test func `a record is read whole or not at all`() throws {
        let whole = try? ProcFile.read("/proc/self/limits")
        let size = whole?.count ?? 0
        #expect(size > 100)
        #expect(ProcFile.record("/proc/self/limits", atMost: size) == whole)
        #expect(ProcFile.record("/proc/self/limits", atMost: size - 1) == nil)
        #expect(ProcFile.record("/proc/self/there-is-none", atMost: 10) == nil)
        #expect(ProcFile.record("/dev/null", atMost: 10)?.isEmpty == true)
        #expect(try ProcFile.answer("/proc/self/there-is-none", atMost: 10) == nil)
    }

    @Test func `a file of /proc is read whole, although its size is 0`() throws {
        let status = String(decoding: try ProcFile.read("/proc/self/status"), as: UTF8.self)
        #expect(status.hasPrefix("Name:"))
        #expect(status.hasSuffix("\n"))
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 100_000]) func `a file of any length is read unchanged`(length: Int)
        throws
    {
        let directory = try TemporaryFolder()
        let content = String(repeating: "x", count: length)
        try directory.write(content, to: "file")
        #expect(String(decoding: try ProcFile.read("\(directory.path)/file"), as: UTF8.self) == content)
    }

    @Test func `the error names a missing file`() {
        #expect(throws: SystemError("open /proc/self/nonsense", code: ENOENT)) {
            try ProcFile.read("/proc/self/nonsense")
        }
    }

    @Test func `a directory cannot be read`() {
        #expect(throws: SystemError("read /proc/self", code: EISDIR)) { try ProcFile.read("/proc/self") }
    }

    @Test func `a file without an end is refused`() throws {
        let error = #expect(throws: SystemError.self) { try ProcFile.read("/dev/zero", atMost: 100_000) }
        #expect(error?.code == EFBIG)
    }

    @Test func `a file may be as long as the limit`() throws {
        let directory = try TemporaryFolder()
        try directory.write("12345", to: "file")
        #expect(try ProcFile.read("\(directory.path)/file", atMost: 5).count == 5)
        #expect(throws: SystemError.self) { try ProcFile.read("\(directory.path)/file", atMost: 4) }
    }

    @Test func `the error about a malformed file names its manual page`() {
        let error = ProcFileError.malformed(path: "/proc/stat", manual: "proc_stat(5)")
        #expect("\(error)".hasPrefix("/proc/stat differs from its description in proc_stat(5): "))
        #expect(
            "\(ProcFileError.unreadable(SystemError("open x", code: ENOENT)))" == "open x: No such file or directory"
        )
    }
}

struct SymbolicLinkTests {
    @Test func `a link's target is returned as written, even if it does not exist`() throws {
        let directory = try TemporaryFolder()
        let link = "\(directory.path)/link"
        let status = unsafe symlink("no/such/file-é", link)
        #expect(status == 0)
        #expect(try SymbolicLink.target(of: link) == "no/such/file-é")
    }

    @Test func `a path that is not a link is an error that names it`() throws {
        let directory = try TemporaryFolder()
        let path = directory.path
        let error = try #require(throws: SystemError.self) { try SymbolicLink.target(of: path) }
        #expect(error == SystemError("read link \(path)", code: EINVAL))
    }
}

struct ClockTicksTests {
    @Test func `ticks become time`() {
        #expect(ClockTicks.duration(ClockTicks.perSecond) == .seconds(1))
        #expect(ClockTicks.duration(ClockTicks.perSecond * 3 + ClockTicks.perSecond / 2) == .milliseconds(3500))
    }

    @Test func `no number of ticks is too large`() {
        #expect(ClockTicks.duration(.max) > .seconds(86_400 * 365))
    }
}

struct DecimalNumberTests {
    @Test(arguments: [("0", 0), ("007", 7), ("18446744073709551615", UInt64.max)])
    func `digits are a number`(text: String, number: UInt64) {
        #expect(UInt64(decimal: text.utf8) == number)
    }

    @Test(arguments: ["", "-1", "+1", " 1", "1 ", "0x1", "1.0", "１", "18446744073709551616", "99999999999999999999"])
    func `other text is not a number`(text: String) {
        #expect(UInt64(decimal: text.utf8) == nil)
    }
}
