import Glibc
import TestSupport
import Testing

@testable import Linux

struct OwnedDescriptorTests {
    @Test func `a descriptor is closed with its owner`() throws {
        // The writing end of a pipe, as numbers of closed descriptors are used again by other tests.
        let pipe = try Pipe()
        do {
            let writer = pipe.writer
            let owner = OwnedDescriptor(adopting: writer)
            #expect(owner.number == writer)
        }
        var byte: UInt8 = 0
        let count = unsafe withUnsafeMutableBytes(of: &byte) { unsafe pipe.reader.read(into: $0) }
        #expect(count == 0)
    }

    @Test func `a descriptor that is released stays open`() throws {
        let pipe = try Pipe()
        let released = OwnedDescriptor(adopting: pipe.writer).release()
        let count = unsafe write(released, "x", 1)
        #expect(count == 1)
        close(released)
        #expect(pipe.reader.number >= 0)
    }

    @Test func `a file is opened close-on-exec, and read from an offset`() throws {
        let folder = try TemporaryFolder()
        let file = try OwnedDescriptor(opening: try folder.write("countdown", to: "file"))
        #expect(fcntl(file.number, F_GETFD) & FD_CLOEXEC != 0)
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe file.read(into: $0, at: 5) }
        #expect(Array(bytes.prefix(count)) == Array("down".utf8))
    }

    @Test func `an error names the file that cannot be opened`() {
        #expect(throws: SystemError("open /nonexistent", code: ENOENT)) {
            try OwnedDescriptor(opening: "/nonexistent").number
        }
        let isThere = OwnedDescriptor(at: "/nonexistent") != nil
        #expect(!isThere)
    }

    private struct Pipe: ~Copyable {
        let reader: OwnedDescriptor
        let writer: CInt

        init() throws {
            var ends: [CInt] = [-1, -1]
            guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe") }
            reader = OwnedDescriptor(adopting: ends[0])
            writer = ends[1]
        }
    }
}
