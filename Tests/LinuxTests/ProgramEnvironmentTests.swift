import Glibc
import Testing

@testable import Linux

struct ProgramArgumentsTests {
    @Test func `the arguments are those that the runtime reads from /proc`() throws {
        #expect(try ProgramArguments.read() == Array(CommandLine.arguments.dropFirst()))
    }

    @Test func `a program without a name has none`() throws {
        #expect(try unsafe ProgramArguments.texts(count: 0) { _ in nil } == [])
        #expect(try unsafe ProgramArguments.texts(count: 1) { _ in nil } == [])
    }

    @Test func `an argument that is not valid text is an error with its number`() {
        let bytes: [CChar] = [CChar(bitPattern: 0xFF), 0]
        let result = unsafe bytes.withUnsafeBufferPointer { buffer in
            let first = buffer.baseAddress
            return Result { () throws(ProgramArguments.NotText) in
                try unsafe ProgramArguments.texts(count: 2) { _ in unsafe first }
            }
        }
        #expect(result == .failure(ProgramArguments.NotText(number: 1)))
        #expect(ProgramArguments.NotText(number: 1).description == "argument 1 is not valid UTF-8")
    }
}

struct EnvironmentTests {
    @Test func `a variable has its value`() throws {
        #expect(try #require(Environment.value("PATH")).contains("/"))
    }

    @Test func `an unset variable has no value`() {
        #expect(Environment.value("GIL_EXPORTER_NOBODY_SETS_THIS") == nil)
    }
}

struct HostNameTests {
    @Test func `the host's name is the kernel's`() throws {
        let kernel = String(decoding: try ProcFile.read("/proc/sys/kernel/hostname").dropLast(), as: UTF8.self)
        #expect(HostName.current == kernel)
    }
}
