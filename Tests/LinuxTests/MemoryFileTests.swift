import Glibc
import Testing

@testable import Linux

struct MemoryFileTests {
    @Test func `a file holds its initial content, and is read from the beginning`() throws {
        let file = try MemoryFile("test", containing: Array("countdown".utf8))
        #expect(file.contents(limit: 100) == Array("countdown".utf8))
        var first: UInt8 = 0
        let count = unsafe read(file.descriptor, &first, 1)
        #expect(count == 1)
        #expect(first == UInt8(ascii: "c"))
    }

    @Test func `later writes are seen, wherever the writer's position is`() throws {
        let file = try MemoryFile("test")
        #expect(file.contents(limit: 100).isEmpty)
        for text in ["abc", "def"] { _ = unsafe write(file.descriptor, text, 3) }
        #expect(file.contents(limit: 100) == Array("abcdef".utf8))
    }

    @Test func `writers that share the file do not overwrite each other`() throws {
        let file = try MemoryFile("test")
        let (descriptor, lines) = (file.descriptor, 20_000)
        func startWriter(_ letter: String) throws(SystemError) -> POSIXThread {
            let line = String(repeating: letter, count: 40) + "\n"
            return try POSIXThread { for _ in 0..<lines { _ = unsafe write(descriptor, line, 41) } }
        }
        let first = try startWriter("a")
        let second = try startWriter("b")
        first.join()
        second.join()
        #expect(file.contents(limit: .max).count == 2 * lines * 41)
    }

    @Test func `no more than the limit is read`() throws {
        let file = try MemoryFile("test", containing: Array("countdown".utf8))
        #expect(file.contents(limit: 5) == Array("count".utf8))
        #expect(file.contents(limit: 0).isEmpty)
    }

    @Test func `a file is closed with its owner, and children do not inherit it`() throws {
        let descriptor = try closeOnExecDescriptor()
        // Another thread may have been given the number since: then it is another file.
        #expect(!target(descriptor).contains("gil-exporter-memory-file-test"))
    }

    @Test func `without memfd_create the file is an unnamed one, also close-on-exec`() throws {
        let file = try MemoryFile(-1, containing: Array("countdown".utf8))
        #expect(file.contents(limit: 100) == Array("countdown".utf8))
        #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(target(file.descriptor).hasSuffix(" (deleted)"))
    }

    @Test func `without any place for a file it is an error`() throws {
        errno = EPERM
        let error = #expect(throws: SystemError.self) {
            _ = try MemoryFile(-1, directories: ["/nonexistent", "/proc"], containing: [])
        }
        #expect(error == SystemError("memfd_create", code: EPERM))
    }

    @Test func `two files have two identities`() throws {
        let one = try MemoryFile("test")
        let other = try MemoryFile("test")
        let (first, second) = (one.identity, other.identity)
        #expect(first != nil && second != nil)
        #expect(first?.inode != second?.inode || first?.device != second?.device)
    }

    private func closeOnExecDescriptor() throws -> CInt {
        let file = try MemoryFile("gil-exporter-memory-file-test")
        #expect(target(file.descriptor).contains("gil-exporter-memory-file-test"))
        #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        return file.descriptor
    }

    private func target(_ descriptor: CInt) -> String {
        (try? SymbolicLink.target(of: "/proc/self/fd/\(descriptor)")) ?? "closed"
    }
}
