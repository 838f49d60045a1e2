import Glibc
import Linux

/// A program that was run to its end.
struct Invocation: Sendable {
    let ending: ChildProcess.Ending
    let output: String
    let errors: String

    /// - Parameter input: what it reads from its standard input.
    static func run(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = .searchPath,
        input: [UInt8] = []
    ) async throws -> Invocation {
        let inputFile = try MemoryFile("input", containing: input)
        let outputFile = try MemoryFile("output")
        let errorFile = try MemoryFile("errors")
        let child = try ChildProcess(
            program,
            arguments,
            environment: environment,
            descriptors: [inputFile.descriptor, outputFile.descriptor, errorFile.descriptor]
        )
        let ending = await child.ending
        return Invocation(
            ending: ending,
            output: String(decoding: outputFile.contents(limit: 16 << 20), as: UTF8.self),
            errors: String(decoding: errorFile.contents(limit: 16 << 20), as: UTF8.self)
        )
    }
}

extension [String: String] {
    /// Where programs are found, and nothing else.
    static var searchPath: Self { ["PATH": Environment.value("PATH") ?? "/usr/bin:/bin"] }
}
