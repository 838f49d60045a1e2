/// A way by which bytes that others wrote enter the program: the function that takes them, and what it may cost.
///
/// `Tests/Fuzzer` runs the targets under libFuzzer, and `Tests/FuzzTargetsTests` replays their corpora.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Bytes of the longest input. It is more than real inputs have, and few enough for thousands of executions a second.
    package let maxLength: Int
    /// Seconds after which an input counts as a hang, with the counters and AddressSanitizer, on a host with other load.
    package let seconds: Int
    /// MiB of the largest allocation.
    package let allocation: Int
    /// Executions in a debug build, where each test shall take less than two seconds.
    package let testExecutions: Int

    private let body: @Sendable (inout FuzzInput) throws -> Void

    init(
        _ name: String,
        maxLength: Int,
        seconds: Int = 2,
        allocation: Int = 16,
        testExecutions: Int = 600,
        _ body: @escaping @Sendable (inout FuzzInput) throws -> Void
    ) {
        self.name = name
        self.maxLength = maxLength
        self.seconds = seconds
        self.allocation = allocation
        self.testExecutions = testExecutions
        self.body = body
    }

    /// Passes an input to the program, and checks what it makes of it.
    package func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        try body(&input)
    }

    package static let all: [FuzzTarget] = [
        configuration, webConfiguration, http, accept, authorization, addresses, workerReport, workerJob, elf,
        procFiles,
        process, cgroup, commandLine, interpreter, sampling, debugOffsets, stack, controlSocket, environment,
        expression,
        notation, exposition,
    ]
}

/// A property that an input does not have.
package struct FuzzFailure: Error, CustomStringConvertible {
    package let description: String
}

func require(_ condition: Bool, _ property: @autoclosure () -> String) throws(FuzzFailure) {
    if !condition { throw FuzzFailure(description: property()) }
}
