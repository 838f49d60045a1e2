import Glibc
import Linux
import Testing

struct ProcessMemoryTests {
    private let memory = ProcessMemory(pid: getpid())

    @Test func `several ranges are read at once, one behind the other`() throws {
        try withAddress(of: Array(0..<200)) { address in
            let bytes = try memory.bytes([
                MemoryRange(address + 10, count: 3), MemoryRange(address, count: 0),
                MemoryRange(address + 100, count: 2),
            ])
            #expect(bytes == [10, 11, 12, 100, 101])
        }
    }

    @Test func `all is read or nothing`() {
        withAddress(of: [1, 2, 3]) { address in
            for wrong: UInt64 in [0, 8, .max, 1 << 47] {
                #expect(throws: ProcessMemoryError.unmapped) {
                    try memory.bytes([MemoryRange(address, count: 3), MemoryRange(wrong, count: 8)])
                }
            }
        }
    }

    @Test func `more than is ever needed is refused`() throws {
        #expect(throws: ProcessMemoryError.tooMuch) { try memory.bytes([MemoryRange(4096, count: .max)]) }
        #expect(throws: ProcessMemoryError.tooMuch) { try memory.bytes([MemoryRange(4096, count: -1)]) }
        #expect(throws: ProcessMemoryError.tooMuch) {
            try memory.bytes(Array(repeating: MemoryRange(4096, count: 1), count: 1025))
        }
    }

    @Test func `a process that does not exist is gone`() {
        // Above the highest number that the kernel gives, PID_MAX_LIMIT of linux/threads.h.
        let memory = ProcessMemory(pid: 1 << 22 + 1)
        #expect(throws: ProcessMemoryError.gone) { try memory.bytes([MemoryRange(4096, count: 8)]) }
    }

    private func withAddress(of bytes: [UInt8], _ body: (UInt64) throws -> Void) rethrows {
        try unsafe bytes.withUnsafeBytes { buffer in
            try body(UInt64(UInt(bitPattern: buffer.baseAddress)))
        }
    }
}

extension ProcessMemory {
    fileprivate func bytes(_ ranges: [MemoryRange]) throws(ProcessMemoryError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(ranges, into: &bytes)
        return bytes
    }
}
