import Glibc
import Linux
import TestSupport
import Testing

struct ProcFileTests {
    @Test func `a record is read whole or not at all`() {
        let whole = try? ProcFile.read("/proc/self/limits")
        let size = whole?.count ?? 0
        #expect(size > 100)
        #expect(ProcFile.record("/proc/self/limits", atMost: size) == whole)
        #expect(ProcFile.record("/proc/self/limits", atMost: size - 1) == nil)
        #expect(ProcFile.record("/proc/self/there-is-none", atMost: 10) == nil)
        #expect(ProcFile.record("/dev/null", atMost: 10)?.isEmpty == true)
    }

    @Test func `a file is read whole although /proc says that it is empty`() throws {
        let status = String(decoding: try ProcFile.read("/proc/self/status"), as: UTF8.self)
        #expect(status.hasPrefix("Name:"))
        #expect(status.hasSuffix("\n"))
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 100_000]) func `a file of any length comes back as it is`(length: Int)
        throws
    {
        let directory = try TemporaryFolder()
        let content = String(repeating: "x", count: length)
        try directory.write(content, to: "file")
        #expect(String(decoding: try ProcFile.read("\(directory.path)/file"), as: UTF8.self) == content)
    }

    @Test func `a file that is not there is named in the error`() {
        #expect(throws: SystemError("open /proc/self/nonsense", code: ENOENT)) {
            try ProcFile.read("/proc/self/nonsense")
        }
    }

    @Test func `a directory cannot be read`() {
        #expect(throws: SystemError("read /proc/self", code: EISDIR)) { try ProcFile.read("/proc/self") }
    }

    @Test func `a file without end is given up`() throws {
        let error = #expect(throws: SystemError.self) { try ProcFile.read("/dev/zero", atMost: 100_000) }
        #expect(error?.code == EFBIG)
    }

    @Test func `a file may be just as long as the limit`() throws {
        let directory = try TemporaryFolder()
        try directory.write("12345", to: "file")
        #expect(try ProcFile.read("\(directory.path)/file", atMost: 5).count == 5)
        #expect(throws: SystemError.self) { try ProcFile.read("\(directory.path)/file", atMost: 4) }
    }

    @Test func `a malformed file is reported with what it should have been`() {
        let error = ProcFileError.malformed(path: "/proc/stat", manual: "proc_stat(5)")
        #expect("\(error)".hasPrefix("/proc/stat does not look as proc_stat(5) describes it: "))
        #expect(
            "\(ProcFileError.unreadable(SystemError("open x", code: ENOENT)))" == "open x: No such file or directory"
        )
    }
}
