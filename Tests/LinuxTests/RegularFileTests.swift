import Glibc
import Linux
import TestSupport
import Testing

final class RegularFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ name: String) -> String { folder.file(name) }

    private func write(_ text: String, to name: String) throws -> String { try folder.write(text, to: name) }

    @Test func `a file is read whole, up to the limit`() throws {
        let path = try write(String(repeating: "x", count: 100_000), to: "file")
        #expect(try RegularFile.read(path, atMost: 100_000).count == 100_000)
        #expect(throws: UnreadableFile.tooLarge(limit: 99_999)) { try RegularFile.read(path, atMost: 99_999) }
        #expect(try RegularFile.read(write("", to: "empty"), atMost: 0) == [])
    }

    @Test func `a file may be behind links, as a mounted Secret is`() throws {
        _ = unsafe mkdir(file("..data-1"), 0o755)
        _ = try write("text", to: "..data-1/web.yml")
        _ = unsafe symlink("..data-1", file("..data"))
        _ = unsafe symlink("..data/web.yml", file("web.yml"))
        #expect(try RegularFile.read(file("web.yml"), atMost: 10) == Array("text".utf8))
    }

    @Test func `a FIFO is refused without waiting, also behind a link`() throws {
        #expect(unsafe mkfifo(file("fifo"), 0o600) == 0)
        _ = unsafe symlink("fifo", file("link"))
        for name in ["fifo", "link"] {
            let error = #expect(throws: UnreadableFile.self) { try RegularFile.read(file(name), atMost: 10) }
            let words = "is a pipe or FIFO, not a regular file: write the text to a file, and give its path"
            #expect(error?.description == words)
        }
    }

    @Test(arguments: [("/", "a directory"), ("/dev/zero", "a device")])
    func `a directory or device is refused`(path: String, kind: String) {
        #expect(throws: UnreadableFile.otherKind(kind)) { try RegularFile.read(path, atMost: 10) }
    }

    @Test func `a file that ends before its size is an error, because it is being written`() {
        // Files of sysfs have the size of a page and less content: fs/sysfs/file.c.
        #expect(throws: UnreadableFile.truncated) {
            try RegularFile.read("/sys/kernel/uevent_seqnum", atMost: 1 << 16)
        }
    }

    @Test func `a missing file is an error with the system's reason`() {
        #expect(throws: UnreadableFile.system(SystemError("open", code: ENOENT))) {
            try RegularFile.read(file("missing"), atMost: 10)
        }
    }
}
