import Glibc
import Linux
import TestSupport
import Testing

extension EndToEnd {
    struct HostTests {
        private static let programs = Repository.fixture("programs")

        private static let probe = [
            "probe", "--runtime", "native", "--runtime", "python3", "--probe", "single", "--probe", "multiprocess",
            "--iterations", "100000",
        ]

        private func expectMeasurements(_ invocation: Invocation, _ comment: Comment) {
            #expect(invocation.ending == .exited(0), comment)
            // So few iterations are too short to be compared, which a warning says.
            let complaints = invocation.errors.split(separator: "\n").filter { !$0.contains("took less than 10 ms") }
            #expect(complaints == [], comment)
            let rows = invocation.output.split(separator: "\n").map { line in
                line.split(separator: " ").prefix(2).joined(separator: " ")
            }
            for row in ["native single", "native multiprocess", "python3 single", "python3 multiprocess"] {
                #expect(rows.contains(row), comment)
            }
        }

        @Test(
            .needsPython,
            arguments: [
                ("pidfd_open", "EPERM"), ("pidfd_open", "ENOSYS"), ("pidfd_send_signal", "EPERM"),
                ("memfd_create", "EPERM"), ("memfd_create", "ENOSYS"), ("close_range", "EPERM"),
                ("close_range", "ENOSYS"), ("clone3", "ENOSYS"), ("setpgid", "EPERM"), ("prctl", "EPERM"),
                ("waitid", "EPERM"),
            ]
        )
        func `probes run although an optional system call is refused`(call: String, error: String) async throws {
            let words = ["\(Self.programs)/deny.py", call, error, Binary.path] + Self.probe
            expectMeasurements(try await Invocation.run("python3", words), "\(call) \(error)")
        }

        @Test(
            .needsPython,
            arguments: [
                "trap '' CHLD TERM INT PIPE", "umask 0777", "ulimit -S -n 64", "ulimit -S -f 0", "exec <&-",
                "mkdir gone && cd gone && rmdir ../gone",
            ]
        )
        func `probes run in whatever state the parent leaves`(state: String) async throws {
            let folder = try TemporaryFolder()
            let command = "cd \(folder.path) && \(state) && exec \"$0\" \"$@\""
            let invocation = try await Invocation.run("/bin/sh", ["-c", command, Binary.path] + Self.probe)
            expectMeasurements(invocation, "\(state)")
        }

        @Test(.needsPython) func `the exporter reaps orphans that the kernel gives to it`() async throws {
            let folder = try TemporaryFolder()
            let configuration = try folder.write(Configurations.native, to: "gil-exporter.yml")
            let log = Transcript()
            let process = try LogPipe.attached(to: log) { descriptor in
                try ChildProcess(
                    "python3",
                    [
                        "\(Self.programs)/foster.py", Binary.path, "serve", "--config.file=\(configuration)",
                        "--web.listen-address=127.0.0.1:0", "--control.socket=\(folder.file("control"))",
                    ],
                    environment: .searchPath,
                    descriptors: [0, descriptor, descriptor]
                )
            }
            try await log.entry(with: "Ready")
            // No event announces that a process was reaped.
            try await waitUntil { !Self.hasOrphan(process.id) }
            process.signal(SIGTERM)
            #expect(await process.ending == .exited(0))
        }

        /// Whether the interpreter that `foster.py` left exists, alive or as a zombie.
        private static func hasOrphan(_ parent: pid_t) -> Bool {
            guard let stream = unsafe opendir("/proc") else { return true }
            defer { unsafe closedir(stream) }
            while let entry = unsafe readdir(stream) {
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard let content = try? ProcFile.read("/proc/\(name)/stat") else { continue }
                guard let stat = ProcessStat(parsing: content), stat.parent == parent else { continue }
                if String(decoding: content, as: UTF8.self).contains("(python") { return true }
            }
            return false
        }
    }
}
