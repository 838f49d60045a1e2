import Testing

@testable import Probing

struct RuntimeConfigurationTests {
    private let describe = #"{"protocol":1,"task":"describe"}"#
    private let python = RuntimeConfiguration(name: "python3", launch: .python(command: ["/usr/bin/python3", "-O"]))

    @Test func `the native runtime gets only the job`() throws {
        #expect(try RuntimeConfiguration.native.words(for: .describe, info: nil) == [describe])
        #expect(RuntimeConfiguration.native.standardInput.isEmpty)
    }

    @Test func `a program gets the job as its last argument`() throws {
        let program = RuntimeConfiguration(name: "mine", launch: .program(command: ["/opt/worker", "--fast"]))
        #expect(try program.words(for: .describe, info: nil) == ["/opt/worker", "--fast", describe])
        #expect(program.standardInput.isEmpty)
    }

    @Test func `an interpreter gets the countdown on standard input, apart from its environment`() throws {
        let words = try python.words(for: .describe, info: nil)
        #expect(words == ["/usr/bin/python3", "-O", "-I", "/dev/stdin", describe])
        #expect(String(decoding: python.standardInput, as: UTF8.self).contains("def countdown(n):"))
    }

    @Test(arguments: Probe.allCases)
    func `a free-threaded interpreter has the GIL on for gil, and off for all else`(probe: Probe) throws {
        var info = Samples.info(implementation: "cpython")
        info.freeThreaded = true
        let words = try python.words(for: .run(probe, workers: 1, iterations: 1), info: info)
        #expect(words.prefix(4) == ["/usr/bin/python3", "-O", "-X", probe == .gil ? "gil=1" : "gil=0"])
    }

    @Test func `an interpreter with a GIL does not get the option, which it does not know`() throws {
        let info = Samples.info(implementation: "cpython")
        let words = try python.words(for: .run(.gil, workers: 2, iterations: 9), info: info)
        #expect(words.dropLast() == ["/usr/bin/python3", "-O", "-I", "/dev/stdin"])
        #expect(words.last == #"{"iterations":9,"probe":"gil","protocol":1,"task":"run","workers":2}"#)
    }
}
