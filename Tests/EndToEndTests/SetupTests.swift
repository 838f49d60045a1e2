import Linux
import TestSupport
import Testing

extension EndToEnd {
    struct SetupTests {
        private static let dropIn = "usr/share/gil-exporter/systemd/observe.conf"
        private static let link = "etc/systemd/system/gil-exporter.service.d/observe.conf"

        /// Another system, with the package installed. Its systemd is not asked for anything.
        private let system: TemporaryFolder

        init() throws {
            system = try TemporaryFolder()
            try system.makeFolder("etc/systemd/system")
            try system.write("[Service]\n", to: Self.dropIn)
            try system.write("", to: "usr/lib/systemd/system/gil-exporter.service")
        }

        private func setup(_ options: String...) async throws -> Invocation {
            try await Invocation.run(Binary.path, ["setup", "observe", "--root=\(system.path)"] + options)
        }

        @Test func `observe.conf is linked, once, and the link can be removed`() async throws {
            let first = try await setup()
            #expect((first.ending, first.errors) == (.exited(0), ""))
            #expect(first.output.contains("CAP_SYS_PTRACE"))
            #expect(first.output.contains("--remove"))
            #expect(try SymbolicLink.target(of: system.file(Self.link)) == "/\(Self.dropIn)")

            let second = try await setup()
            #expect((second.ending, second.errors) == (.exited(0), ""))
            #expect(second.output.hasSuffix("observe.conf is in place.\n"))

            let removal = try await setup("--remove")
            #expect((removal.ending, removal.errors) == (.exited(0), ""))
            #expect(!system.holds("etc/systemd/system/gil-exporter.service.d"))

            let again = try await setup("--remove")
            #expect((again.ending, again.errors) == (.exited(0), ""))
            #expect(again.output.contains("may observe only its own processes"))
        }

        @Test func `a dry run shows what would be done, and changes nothing`() async throws {
            let invocation = try await setup("--dry-run")
            #expect(invocation.ending == .exited(0))
            #expect(invocation.output.contains("\(Self.link) -> /\(Self.dropIn)\n"))
            #expect(!system.holds("etc/systemd/system/gil-exporter.service.d"))
        }

        @Test func `a file that somebody else has put there stays`() async throws {
            try system.write("[Service]\nNice=5\n", to: Self.link)
            for options in [[], ["--remove"]] {
                let invocation = try await Invocation.run(
                    Binary.path,
                    ["setup", "observe", "--root=\(system.path)"] + options
                )
                #expect((invocation.ending, invocation.output) == (.exited(1), ""))
                #expect(invocation.errors.contains("is not from this command, so it stays"))
            }
        }

        @Test func `a missing unit, package or systemd is an error with the way out`() async throws {
            let unit = try await setup("--unit=other.service")
            #expect(unit.ending == .exited(1))
            #expect(unit.errors.contains("systemd has no unit other.service: install the package"))

            if FileIdentity(path: "/run/systemd/system") == nil {
                let systemd = try await Invocation.run(Binary.path, ["setup", "observe"])
                #expect(systemd.ending == .exited(1))
                #expect(systemd.errors.hasPrefix("gil-exporter: systemd does not run here, "))
                #expect(systemd.errors.contains("--cap-add=SYS_PTRACE"))
            }

            let bare = try TemporaryFolder()
            let options = ["setup", "observe", "--root=\(bare.path)"]
            try bare.write("", to: "etc/systemd/system/gil-exporter.service")
            let package = try await Invocation.run(Binary.path, options)
            #expect(package.ending == .exited(1))
            #expect(package.errors.contains("/\(Self.dropIn) is missing: install the package"))
        }
    }
}
