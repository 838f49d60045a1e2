import TestSupport
import Testing

extension EndToEnd {
    struct UnwritableOutputTests {
        @Test(arguments: ["--version", "--help", "check-config --help"])
        func `a text that cannot be written is an error`(arguments: String) async throws {
            let invocation = try await Invocation.run("sh", ["-c", "\"$0\" \(arguments) > /dev/full", Binary.path])
            #expect(invocation.ending == .exited(1))
            #expect(invocation.errors == "gil-exporter: write to standard output: No space left on device\n")
        }

        @Test(arguments: ["serve --config.file", "probe --config.file", "check-config"])
        func `the exit status does not depend on the reader of standard error`(arguments: String) async throws {
            let folder = try TemporaryFolder()
            let path = try folder.write("probing: 1\n", to: "bad.yml")
            // The program starts after the only reader of the FIFO has ended.
            let script = "mkfifo \"$1\" && { : < \"$1\" & } && exec 2> \"$1\" && wait && \"$0\" \(arguments) \"$2\""
            let invocation = try await Invocation.run("sh", ["-c", script, Binary.path, folder.file("fifo"), path])
            #expect(invocation.ending == .exited(1))
        }
    }
}
