package import ArgumentParser
import Daemon
import Glibc
import Linux
import Notation

/// `gil-exporter`, the root of all commands.
package struct GILExporter: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "gil-exporter",
        abstract: "Exports the cost of Python's Global Interpreter Lock on this host to Prometheus.",
        discussion: """
            Runs the countdown `while n > 0: n -= 1` every minute by one thread, by threads that contend for a GIL, by \
            threads without a lock and by several processes, on a native runtime and on the host's Python, and serves \
            the measurements on http://localhost:10061/metrics. Needs no configuration and no privilege.

            Examples:
              gil-exporter                    serve metrics on port 10061
              gil-exporter watch gunicorn     show the locks of running processes
              gil-exporter profile gunicorn   show which functions make threads wait
              gil-exporter probe              measure this host once
            """,
        version: BuildInfo.description,
        subcommands: [
            Serve.self, ProbeOnce.self, Watch.self, Profile.self, CheckConfig.self, Setup.self, Reload.self,
            Worker.self,
        ],
        defaultSubcommand: Serve.self
    )

    package static var _errorPrefix: String { "gil-exporter: " }

    package init() {}
}

/// A command that checks the resources it takes before it starts.
protocol ResourceUser {
    var resources: StartResources { get }
    /// Reports a missing resource by other means than standard error.
    func cannotRun(_ error: MissingResource)
}

extension ResourceUser {
    func cannotRun(_ error: MissingResource) {}
}

extension GILExporter {
    /// Runs the program. A missing resource ends it with a message and an exit status: a command that ignored an option
    /// would do something else than it was asked for.
    ///
    /// Stays on the main thread until the command runs, because a task elsewhere takes threads, which may be missing.
    @MainActor
    package static func start() async {
        do {
            try InheritedState.reset()
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
            var command = try command(from: arguments)
            if let user = command as? any ResourceUser { try secure(user) }
            if !(command is any AsyncParsableCommand) {
                try command.run()
                return
            }
        } catch {
            end(error)
        }
        await run(arguments)
    }

    /// Parses a command line. Its first word is the name of a command, unless it is an option of the default command.
    static func command(from arguments: [String]) throws -> any ParsableCommand {
        if let word = arguments.first, !word.hasPrefix("-") {
            let commands = configuration.subcommands.map { $0.configuration }
            guard word == "help" || commands.contains(where: { $0.commandName == word }) else {
                let names = commands.filter(\.shouldDisplay).compactMap(\.commandName)
                let guess = nearMiss(word, among: names).map { "did you mean '\($0)'? " } ?? ""
                throw ValidationError(
                    "unknown command '\(word)': \(guess)the commands are \(names.joined(separator: ", "))"
                )
            }
        }
        return try parseAsRoot(arguments)
    }

    @concurrent
    private static func run(_ arguments: [String]) async {
        do {
            guard var command = try command(from: arguments) as? any AsyncParsableCommand else { return }
            try await command.run()
        } catch {
            end(error)
        }
    }

    private static func secure(_ user: any ResourceUser) throws {
        RequiredSystemCalls.prepareDispatch()
        do {
            try user.resources.check()
        } catch {
            user.cannotRun(error)
            fail("\(error)", .failure)
        }
    }

    private static func fail(_ text: String, _ code: ExitCode) -> Never {
        printError(text)
        Glibc.exit(code.rawValue)
    }

    /// Ends the program with the message and the exit status of `error`. A requested text, like the version, is an error
    /// to the parser as well.
    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code.isSuccess {
            do {
                if !message.isEmpty { try StandardStream.output.write("\(message)\n") }
            } catch {
                fail("\(error)", .failure)
            }
        } else if !message.isEmpty {
            printError(message.hasPrefix(_errorPrefix) ? String(message.dropFirst(_errorPrefix.count)) : message)
        }
        Glibc.exit(code.rawValue)
    }
}

/// Writes a line to standard error. If its reader is gone, the program goes on, so that its exit status still shows the
/// outcome: by default SIGPIPE would end it, signal(7).
func printError(_ text: String) {
    let action = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, action) }
    try? StandardStream.error.write("\(GILExporter._errorPrefix)\(text)\n")
}
