package import ArgumentParser
import Daemon
import Linux

/// `gil-exporter`, the root of what a person types.
package struct GILExporter: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "gil-exporter",
        abstract: "Exports to Prometheus what Python's Global Interpreter Lock costs on this host.",
        discussion: """
            Runs the countdown `while n > 0: n -= 1` every minute by one thread, by threads that contend for a GIL, by \
            threads without a lock and by several processes, on a native runtime and on the host's Python, and serves \
            what it measures on http://localhost:10061/metrics. Needs no configuration and no privilege.
            """,
        version: BuildInfo.description,
        subcommands: [Serve.self, ProbeOnce.self, Watch.self, CheckConfig.self, Reload.self, Worker.self],
        defaultSubcommand: Serve.self
    )

    package init() {}
}

/// A command that says what it takes to run, so that it is not begun where that is missing.
protocol ResourceUser {
    var resources: StartResources { get }
    /// What to do beside saying that it cannot run.
    func cannotRun(_ error: MissingResource)
}

extension ResourceUser {
    func cannotRun(_ error: MissingResource) {}
}

extension GILExporter {
    /// The program. Whatever is needed and cannot be had at its start ends it, with a message and a status: a command
    /// that runs without what it was told would do something else than was asked for.
    ///
    /// On the main thread until the command runs, as tasks elsewhere take threads that may be missing.
    @MainActor
    package static func start() async {
        do {
            try InheritedState.putInOrder()
            try RequiredSystemCalls.check()
            OpenFileLimit.raise()
        } catch {
            fail("\(error)", .failure)
        }
        let arguments: [String]
        do {
            arguments = try ProgramArguments.read()
        } catch {
            fail("\(error)", .validationFailure)
        }
        do {
            var command = try parseAsRoot(arguments)
            if let user = command as? any ResourceUser { try secure(user) }
            if !(command is any AsyncParsableCommand) {
                try command.run()
                return
            }
        } catch {
            exit(withError: error)
        }
        await main(arguments)
    }

    private static func secure(_ user: any ResourceUser) throws {
        do {
            try user.resources.secure()
        } catch {
            user.cannotRun(error)
            fail("\(error)", .failure)
        }
    }

    private static func fail(_ text: String, _ code: ExitCode) -> Never {
        // When even that fails, the exit status says what is left to say.
        try? StandardStream.error.write("gil-exporter: \(text)\n")
        exit(withError: code)
    }
}
