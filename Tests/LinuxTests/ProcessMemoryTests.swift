import Glibc
import Linux
import TestSupport
import Testing

struct ProcessMemoryTests {
    /// Both, as both are there where tests run.
    private static let ways = [ProcessMemory.Method.systemCall, .file]

    @Test(arguments: ways)
    func `several ranges are read at once, one after the other`(method: ProcessMemory.Method) throws {
        let memory = ProcessMemory(pid: getpid(), method: method)
        try withAddress(of: Array(0..<200)) { address in
            let bytes = try memory.bytes([
                MemoryRange(address + 10, count: 3), MemoryRange(address, count: 0),
                MemoryRange(address + 100, count: 2),
            ])
            #expect(bytes == [10, 11, 12, 100, 101])
        }
    }

    @Test(arguments: ways)
    func `either all ranges are read or none`(method: ProcessMemory.Method) {
        let memory = ProcessMemory(pid: getpid(), method: method)
        withAddress(of: [1, 2, 3]) { address in
            for wrong: UInt64 in [0, 8, .max, 1 << 47] {
                #expect(throws: ProcessMemoryError.unmapped) {
                    try memory.bytes([MemoryRange(address, count: 3), MemoryRange(wrong, count: 8)])
                }
            }
        }
    }

    @Test(arguments: ways)
    func `a request beyond the limits is refused`(method: ProcessMemory.Method) throws {
        let memory = ProcessMemory(pid: getpid(), method: method)
        #expect(throws: ProcessMemoryError.tooMuch) { try memory.bytes([MemoryRange(4096, count: .max)]) }
        #expect(throws: ProcessMemoryError.tooMuch) { try memory.bytes([MemoryRange(4096, count: -1)]) }
        #expect(throws: ProcessMemoryError.tooMuch) {
            try memory.bytes(Array(repeating: MemoryRange(4096, count: 1), count: 1025))
        }
    }

    @Test(arguments: ways)
    func `a process that does not exist is gone`(method: ProcessMemory.Method) {
        // Above the highest number that the kernel gives, PID_MAX_LIMIT of linux/threads.h.
        let memory = ProcessMemory(pid: 1 << 22 + 1, method: method)
        #expect(throws: ProcessMemoryError.gone) { try memory.bytes([MemoryRange(4096, count: 8)]) }
    }

    @Test func `the system call is used where it works`() { #expect(ProcessMemory.usualMethod == .systemCall) }

    @Test func `without any method every process is refused`() {
        let memory = ProcessMemory(pid: getpid(), method: .none)
        #expect(throws: ProcessMemoryError.refused) { try memory.bytes([MemoryRange(4096, count: 8)]) }
    }

    @Test(arguments: ways)
    func `a zombie is gone`(method: ProcessMemory.Method) async throws {
        try await Child.during { child in
            let memory = ProcessMemory(pid: child.pid, method: method)
            let range = MemoryRange(child.address, count: 4)
            let bytes = try memory.bytes([range])
            #expect(bytes == [0x7F, 0x45, 0x4C, 0x46])
            child.end()
            #expect(throws: ProcessMemoryError.gone) { try memory.bytes([range]) }
            #expect(throws: ProcessMemoryError.gone) { try memory.bytes([range]) }
        }
    }

    @Test(arguments: ways)
    func `after execve the new program's memory is read`(method: ProcessMemory.Method) async throws {
        try await Child.during { child in
            let memory = ProcessMemory(pid: child.pid, method: method)
            let range = MemoryRange(child.address, count: 4)
            #expect(try memory.bytes([range]) == [0x7F, 0x45, 0x4C, 0x46])
            try await child.execute()
            // It is elsewhere: addresses are random.
            #expect(throws: ProcessMemoryError.unmapped) { try memory.bytes([range]) }
            memory.renew()
            #expect(throws: ProcessMemoryError.unmapped) { try memory.bytes([range]) }
        }
    }

    @Test func `more processes can be read than files stay open`() throws {
        try withAddress(of: [7]) { address in
            let many = (0..<600).map { _ in ProcessMemory(pid: getpid(), method: .file) }
            let before = try Self.openFiles()
            for memory in many { #expect(try memory.bytes([MemoryRange(address, count: 1)]) == [7]) }
            // Other tests open files meanwhile.
            let after = try Self.openFiles()
            #expect(after - before < 300)
            for memory in many { #expect(try memory.bytes([MemoryRange(address, count: 1)]) == [7]) }
        }
    }

    private static func openFiles() throws -> Int {
        let directory = try unsafe #require(opendir("/proc/self/fd"))
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return count
    }

    private func withAddress(of bytes: [UInt8], _ body: (UInt64) throws -> Void) rethrows {
        try unsafe bytes.withUnsafeBytes { buffer in
            try body(UInt64(UInt(bitPattern: buffer.baseAddress)))
        }
    }
}

/// A shell that waits for a line, and then becomes another program.
private final class Child {
    let pid: pid_t
    /// Where its program begins: elf(5).
    let address: UInt64
    private let input: CInt

    static func during(_ body: (Child) async throws -> Void) async throws {
        let child = try Child()
        defer { withExtendedLifetime(child) {} }
        try await body(child)
    }

    private init() throws {
        var (pipes, answers): ([CInt], [CInt]) = ([0, 0], [0, 0])
        guard unsafe pipe(&pipes) == 0, unsafe pipe(&answers) == 0 else { throw SystemError("pipe") }
        for descriptor in pipes + answers { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes[0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, answers[1], 1)
        let words = ["/bin/sh", "-c", "echo ready; read line && exec sleep 1000"]
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let code = unsafe posix_spawn(&pid, words[0], &actions, nil, &arguments, environ)
        close(pipes[0])
        close(answers[1])
        defer { close(answers[0]) }
        input = pipes[1]
        self.pid = pid
        guard code == 0 else {
            address = 0
            throw SystemError("start a shell", code: code)
        }
        // It is started before its program is mapped.
        var byte: UInt8 = 0
        _ = unsafe read(answers[0], &byte, 1)
        // "55d0c0000000-55d0c0004000 r--p …"
        let maps = String(decoding: try ProcFile.read("/proc/\(pid)/maps"), as: UTF8.self)
        address = try #require(UInt64(maps.prefix { $0 != "-" }, radix: 16))
    }

    /// Returns when the child is another program.
    func execute() async throws {
        guard unsafe write(input, "\n", 1) == 1 else { throw SystemError("write") }
        try await waitUntil { try ProcFile.read("/proc/\(pid)/comm") == Array("sleep\n".utf8) }
    }

    /// Returns when the child has ended. It stays a zombie.
    func end() {
        kill(pid, SIGKILL)
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    }

    deinit {
        close(input)
        if pid > 0 {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
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
