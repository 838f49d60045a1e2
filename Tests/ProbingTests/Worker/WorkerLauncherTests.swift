import Glibc
import Linux
import TestSupport
import Testing

@testable import Probing

struct WorkerLauncherTests {
    /// For workers that end by themselves: long enough never to be reached.
    private static let plenty = Duration.seconds(120)

    @Test func `output, errors and status of a worker are separate`() async throws {
        let words = ["/bin/sh", "-c", "cat; echo told >&2; exit 3"]
        let outcome = try await Program.launcher.run(words, input: Array("asked".utf8), timeLimit: Self.plenty)
        #expect(outcome.output == Array("asked".utf8))
        #expect(outcome.standardError == "told")
        #expect(outcome.ending == .exited(3))
        #expect(!outcome.timedOut)
    }

    @Test func `a worker that hangs is killed at the time limit, with its descendants`() async throws {
        let folder = try TemporaryFolder()
        let lifeLine = try LifeLine(in: folder)
        let words = FakeWorker.command("hang-with-child", try lifeLine.openedOnce().path)
        let outcome = try await Program.launcher.run(words, input: [], timeLimit: .milliseconds(500))
        #expect(outcome.timedOut)
        let said = try await lifeLine.next()
        #expect(["alive\n", ""].contains(said))
        if !said.isEmpty { #expect(try await lifeLine.next() == "") }
    }

    @Test func `a child that ignores SIGTERM and keeps the output open is not waited for, but killed`() async throws {
        let folder = try TemporaryFolder()
        let lifeLine = try LifeLine(in: folder)
        let words = FakeWorker.command("orphan", lifeLine.path)
        let outcome = try await Program.launcher.run(words, input: [], timeLimit: Self.plenty)
        #expect(outcome.ending == .exited(0))
        #expect(outcome.output == Array("done\n".utf8))
        #expect(!outcome.timedOut)
        #expect(try await lifeLine.next() == "")
    }

    @Test func `a process that left the worker's session and lost its parent ends with the worker`() async throws {
        let folder = try TemporaryFolder()
        let lifeLine = try LifeLine(in: folder)
        let words = FakeWorker.command("deserter", lifeLine.path)
        let outcome = try await Program.launcher.run(words, input: [], timeLimit: Self.plenty)
        #expect(outcome.ending == .exited(0))
        #expect(outcome.output == Array("done\n".utf8))
        #expect(try await lifeLine.next() == "alive\n")
        #expect(try await lifeLine.next() == "")
    }

    @Test func `a process that left the worker's session ends with a cancelled worker, too`() async throws {
        let folder = try TemporaryFolder()
        let lifeLine = try LifeLine(in: folder)
        let words = FakeWorker.command("deserter", lifeLine.path, "hang")
        let run = Task { try await Program.launcher.run(words, input: [], timeLimit: Self.plenty) }
        #expect(try await lifeLine.next() == "alive\n")
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(try await lifeLine.next() == "")
    }

    @Test func `a worker that stops its supervisor is killed at the time limit all the same`() async throws {
        let words = ["/bin/sh", "-c", "kill -s STOP $PPID; exec sleep 1000"]
        let outcome = try await Program.launcher.run(words, input: [], timeLimit: .seconds(1))
        #expect(outcome.timedOut)
    }

    @Test func `a worker whose task is cancelled is killed`() async throws {
        let folder = try TemporaryFolder()
        let lifeLine = try LifeLine(in: folder)
        let words = FakeWorker.command("hang-with-child", lifeLine.path)
        let run = Task { try await Program.launcher.run(words, input: [], timeLimit: Self.plenty) }
        #expect(try await lifeLine.next() == "alive\n")
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(try await lifeLine.next() == "")
    }

    @Test func `a worker does not outlive a parent that is killed`() async throws {
        let folder = try TemporaryFolder()
        let lifeLine = try LifeLine(in: folder)
        let words = FakeWorker.command("hang", lifeLine.path)
        let configuration = try folder.write(
            """
            runtimes:
              discover: none
              list:
                - name: hanging
                  program: [\(words.map { "\"\($0)\"" }.joined(separator: ", "))]

            """,
            to: "configuration.yml"
        )
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let exporter = try await SpawnedProcess.start(
            SpawnedProcess.Plan(
                Program.path,
                ["gil-exporter", "probe", "--config.file", configuration],
                descriptors: [null, null, null]
            )
        )
        #expect(try await lifeLine.next() == "alive\n")
        exporter.signal(SIGKILL)
        #expect(await exporter.ending == .signaled(SIGKILL))
        #expect(try await lifeLine.next() == "")
    }

    @Test func `only hidden variables do not reach the worker`() async throws {
        let hiding = WorkerLauncher(executable: Program.path, hiding: ["PATH"])
        let hidden = try await variables(seenUnder: hiding)
        let all = try await variables(seenUnder: Program.launcher)
        #expect(all.contains("PATH"))
        #expect(!hidden.contains("PATH"))
        #expect(hidden == all.subtracting(["PATH"]))
    }

    @Test func `no descriptor of this process reaches the worker`() async throws {
        // Left open on purpose: no close-on-exec, as a listening socket of an event loop has none either.
        let leak = unsafe open("/dev/null", O_RDONLY)
        defer { close(leak) }
        try #require(leak > 2)
        let outcome = try await Program.launcher.run(["/bin/ls", "/proc/self/fd"], input: [], timeLimit: Self.plenty)
        // Number 3 is the channel for the report, and 4 the directory that ls reads.
        #expect(String(decoding: outcome.output, as: UTF8.self) == "0\n1\n2\n3\n4\n")
    }

    @Test func `a worker is first to be killed when memory runs out, and leaves no core`() async throws {
        let words = ["/bin/sh", "-c", "cat /proc/self/oom_score_adj; ulimit -c"]
        let outcome = try await Program.launcher.run(words, input: [], timeLimit: Self.plenty)
        #expect(String(decoding: outcome.output, as: UTF8.self) == "1000\n0\n")
    }

    @Test func `a worker may have enough descriptors for the most workers, but fewer than the daemon`()
        async throws
    {
        let words = ["/bin/sh", "-c", "ulimit -S -n; ulimit -H -n"]
        let outcome = try await Program.launcher.run(words, input: [], timeLimit: Self.plenty)
        let limits = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").map { Int($0) ?? .max }
        #expect(limits.first == limits.last.map { min($0, 8192) })
    }

    @Test func `a worker leads a process group, and has no signal blocked or ignored`() async throws {
        let words = ["/bin/grep", "-E", "^(NSpgid|NSpid|SigBlk|SigIgn)", "/proc/self/status"]
        let outcome = try await Program.launcher.run(words, input: [], timeLimit: Self.plenty)
        let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").map(String.init)
        func field(_ name: String) -> String? {
            lines.first { $0.hasPrefix("\(name):") }.map { String($0.dropFirst(name.count + 1)) }
        }
        #expect(field("NSpgid") == field("NSpid"))
        for mask in ["SigBlk", "SigIgn"] {
            let bits = try #require(field(mask).flatMap { UInt64($0.drop { $0 == "\t" }, radix: 16) })
            // 32 and 33 are the C library's own, and it lets nobody change them: nptl(7).
            #expect(bits & ~(0b11 << 31) == 0, "\(mask) \(bits)")
        }
    }

    @Test func `a worker whose executable is missing cannot be started`() async throws {
        let launcher = WorkerLauncher(executable: "/nonexistent/gil-exporter")
        let failure = try await #require(throws: WorkerFailure.self) {
            try await launcher.run(["job"], input: [], timeLimit: Self.plenty)
        }
        #expect(failure.reason == .spawn)
        #expect(failure.detail.hasPrefix("cannot start a worker: "))
    }

    private func variables(seenUnder launcher: WorkerLauncher) async throws -> Set<String> {
        let outcome = try await launcher.run(["/bin/sh", "-c", "env"], input: [], timeLimit: Self.plenty)
        let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n")
        return Set(lines.map { String($0.prefix { $0 != "=" }) })
    }
}
