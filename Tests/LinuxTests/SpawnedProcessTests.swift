import Glibc
import Linux
import Testing

struct SpawnedProcessTests {
    private func run(_ command: String, hiding hidden: [String] = []) async throws -> (SpawnedProcess.Ending, String) {
        let output = try MemoryFile("output")
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let process = try await SpawnedProcess.start(
            SpawnedProcess.Plan(
                "/bin/sh",
                ["sh", "-c", command],
                hiding: hidden,
                descriptors: [null, output.descriptor, null]
            )
        )
        let ending = await process.ending
        return (ending, String(decoding: output.contents(limit: 1000), as: UTF8.self))
    }

    @Test func `the end and the output of a process are known`() async throws {
        #expect(try await run("echo yes; exit 3") == (.exited(3), "yes\n"))
        #expect(try await run("kill -s SEGV $$") == (.signaled(SIGSEGV), ""))
    }

    @Test func `a signal reaches the process, and nothing after it was reaped`() async throws {
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let plan = SpawnedProcess.Plan("/bin/sleep", ["sleep", "1000"], descriptors: [null, null, null])
        let process = try await SpawnedProcess.start(plan)
        process.signal(SIGTERM)
        #expect(await process.ending == .signaled(SIGTERM))
        process.signal(SIGTERM)
        #expect(await process.ending == .signaled(SIGTERM))
    }

    @Test func `a missing program is an error that names it`() async throws {
        let plan = SpawnedProcess.Plan("/nonexistent/program", ["program"], descriptors: [])
        let error = try await #require(throws: SystemError.self) { try await SpawnedProcess.start(plan) }
        #expect(error == SystemError("start /nonexistent/program", code: ENOENT))
    }

    @Test func `hidden variables are not inherited, unlike others with the same beginning`() async throws {
        unsafe setenv("GIL_EXPORTER_TEST", "one", 1)
        unsafe setenv("GIL_EXPORTER_TEST_TOO", "two", 1)
        defer { for name in ["GIL_EXPORTER_TEST", "GIL_EXPORTER_TEST_TOO"] { unsafe unsetenv(name) } }
        let command = #"echo "${GIL_EXPORTER_TEST-hidden} $GIL_EXPORTER_TEST_TOO""#
        #expect(try await run(command).1 == "one two\n")
        #expect(try await run(command, hiding: ["GIL_EXPORTER_TEST"]).1 == "hidden two\n")
    }
}
