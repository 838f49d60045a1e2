import Testing

extension EndToEnd {
    struct LinkageTests {
        /// Full Foundation and its ICU would multiply the size of the program and of its memory.
        @Test(.enabled(if: Binary.installed("ldd") != nil, "needs ldd"))
        func `the binary links neither full Foundation nor ICU`() async throws {
            let invocation = try await Invocation.run("ldd", [Binary.path])
            #expect(invocation.ending == .exited(0))
            // Proves that the tool has examined the right file.
            #expect(invocation.output.contains("libc.so"))
            for library in ["libFoundation.so", "FoundationICU", "FoundationInternationalization", "libicu"] {
                #expect(!invocation.output.contains(library))
            }
        }

        @Test(.enabled(if: Binary.installed("nm") != nil, "needs nm (Debian: binutils)"))
        func `the binary contains no code of full Foundation or ICU`() async throws {
            let invocation = try await Invocation.run("nm", ["--defined-only", Binary.path])
            // A stripped binary has no symbols and would prove nothing.
            #expect(invocation.ending == .exited(0))
            #expect(invocation.output.contains(" main\n"))
            #expect(!invocation.output.contains("_foundation_unicode"))
            #expect(!invocation.output.contains(" ucol_open"))
        }
    }
}
