import Glibc
import Testing

@testable import Linux

struct ProgramArgumentsTests {
    @Test func `they are those that the runtime reads from proc`() throws {
        #expect(try ProgramArguments.read() == Array(CommandLine.arguments.dropFirst()))
    }

    @Test func `a program without a name has none`() throws {
        #expect(try unsafe ProgramArguments.texts(count: 0) { _ in nil } == [])
        #expect(try unsafe ProgramArguments.texts(count: 1) { _ in nil } == [])
    }

    @Test func `an argument that is no text is an error that names it`() {
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
