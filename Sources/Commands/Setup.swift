import ArgumentParser
import Linux
import Systemd

/// `gil-exporter setup`: lets the packaged service do more than it may do as installed.
struct Setup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Let the packaged service observe the Python processes of all users.",
        discussion: """
            Links the drop-in observe.conf of the package into the unit, reloads systemd and restarts the service. The \
            link follows upgrades. Only changes need root. The service can then read the memory of every process.

            Examples:
              gil-exporter setup observe --dry-run
              sudo gil-exporter setup observe
              sudo gil-exporter setup observe --remove
            """
    )

    enum Permission: String, ExpressibleByArgument, CaseIterable {
        case observe
    }

    @Argument(help: "The permission: observe.")
    var permission: Permission

    /// The file of the package. Its path stays the same from version to version.
    static let dropIn = "/usr/share/gil-exporter/systemd/observe.conf"

    @Flag(help: "Take the permission away again.")
    var remove = false

    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and change nothing.")
    var isDryRun = false

    @Option(help: ArgumentHelp("The unit that runs the exporter.", valueName: "name"))
    var unit = "gil-exporter.service"

    @Option(
        help: ArgumentHelp(
            "Change the system in this directory, such as an image, instead of this one. Its systemd is not asked. "
                + "(default: none)",
            valueName: "path"
        )
    )
    var root = ""

    func validate() throws {
        let name = unit.dropLast(".service".utf8.count)
        guard unit.hasSuffix(".service"), !name.isEmpty, !unit.contains("/") else {
            throw ValidationError("'\(unit)' is not the name of a service: it ends in .service, and has no path")
        }
    }

    func run() async throws {
        do {
            try checkSystem()
            let link = DropInLink(unit: unit, target: Self.dropIn, root: root)
            try await remove ? takeAway(link) : grant(link)
        } catch {
            printError("\(error)")
            throw ExitCode.failure
        }
    }

    private func checkSystem() throws(SetupError) {
        guard !root.isEmpty || Units.manageSystem() else { throw .noSystemd }
        guard Units.has(unit, root: root) else { throw .noUnit(unit) }
        guard remove || FileIdentity(regularFileAt: root + Self.dropIn) != nil else { throw .noDropIn(Self.dropIn) }
    }

    private func grant(_ link: DropInLink) async throws {
        switch link.state {
        case .linked:
            return try report("\(unit) may observe the Python processes of all users: \(link.path) is in place.")
        case .other:
            throw SetupError.occupied(link.path)
        case .absent, .copied:
            try report(
                """
                Lets \(unit) observe the Python processes of all users:
                  \(link.path) -> \(link.target)
                It gets CAP_SYS_PTRACE. An attacker who controls the exporter can then read the memory of every process
                on this host. To undo it: sudo gil-exporter setup observe --remove
                """
            )
            try await change(link.make)
        }
    }

    private func takeAway(_ link: DropInLink) async throws {
        switch link.state {
        case .absent:
            return try report("\(unit) may observe only its own processes: there is no \(link.path).")
        case .other:
            throw SetupError.occupied(link.path)
        case .linked, .copied:
            try report("Removes \(link.path): \(unit) can then observe only its own processes.")
            try await change(link.remove)
        }
    }

    /// Makes a change on disk, and lets systemd and the service take it over.
    private func change(_ body: () throws(SystemError) -> Void) async throws {
        guard !isDryRun else { return try report("Nothing was changed (--dry-run).") }
        do throws(SystemError) {
            try body()
        } catch {
            throw error.isDenial ? SetupError.denied(error) : SetupError.failed(error)
        }
        // The manager of another system is not running.
        guard root.isEmpty else { return }
        try await systemctl("daemon-reload")
        // Starts nothing that was stopped on purpose.
        try await systemctl("try-restart", unit)
        try report("Done. systemctl status \(unit) shows the state of the service.")
    }

    private func systemctl(_ words: String...) async throws {
        let programs = ["/usr/bin/systemctl", "/bin/systemctl"]
        let program = programs.first { FileIdentity(path: $0) != nil } ?? programs[0]
        let process = try await SpawnedProcess.start(
            SpawnedProcess.Plan(program, ["systemctl"] + words, descriptors: [0, 1, 2])
        )
        guard await process.ending == .exited(0) else {
            throw SetupError.command("systemctl \(words.joined(separator: " "))", unit: unit)
        }
    }

    private func report(_ text: String) throws { try StandardStream.output.write("\(text)\n") }
}

/// Why a permission was not changed.
enum SetupError: Error, CustomStringConvertible {
    case noSystemd
    case noUnit(String)
    case noDropIn(String)
    /// The place of the link is taken.
    case occupied(String)
    case denied(SystemError)
    case failed(SystemError)
    case command(String, unit: String)

    var description: String {
        switch self {
        case .noSystemd:
            """
            systemd does not run here, so there is no service to set up: run the exporter as root, or grant it \
            CAP_SYS_PTRACE (docker run --pid=host --cap-add=SYS_PTRACE)
            """
        case .noUnit(let unit):
            "systemd has no unit \(unit): install the package of gil-exporter, or name your unit with --unit"
        case .noDropIn(let path):
            "\(path) is missing: install the package of gil-exporter again"
        case .occupied(let path):
            "\(path) is not from this command, so it stays: remove it, or rename it, and try again"
        case .denied(let error):
            "\(error): run the command as root, with sudo"
        case .failed(let error):
            "\(error)"
        case .command(let command, let unit):
            "\(command) failed. The drop-in is changed: repair the reason, then run systemctl daemon-reload and "
                + "systemctl restart \(unit)"
        }
    }
}
