import ArgumentParser
import ConfigurationFiles
import Exposition
import Linux
import Notation
import Probing
import Reports

/// `gil-exporter probe`: one round in the foreground.
struct ProbeOnce: AsyncParsableCommand, ResourceUser {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Run one round of probes now and print its measurements.",
        discussion: """
            Two threads count down no faster than one, while two processes do: the first example shows it.

            Examples:
              gil-exporter probe --runtime python3 --iterations 1e8
              gil-exporter probe --runtime /opt/python3.14t/bin/python3 --probe single --probe lockfree
              gil-exporter probe --probe latency --format json
            """
    )

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table, json, prometheus, openmetrics
    }

    @OptionGroup var configurationOptions: ConfigurationOptions

    @Option(
        parsing: .singleValue,
        help: "Probe only this runtime: a name, or the path of a Python interpreter. Repeatable. (default: all)"
    )
    var runtime: [String] = []

    @Option(parsing: .singleValue, help: "Run only this probe. Repeatable. A speedup needs single, too. (default: all)")
    var probe: [Probe] = []

    @Option(
        help: "Threads, processes or subinterpreters of every probe but single. (default: as configured, or 2)",
        transform: { text in try Int(notation: text) }
    )
    var workers: Int?

    @Option(
        help: "Total number of decrements of each probe that counts down. (default: about a fifth of a second)",
        transform: { text in try Int(notation: text) }
    )
    var iterations: Int?

    @Option(
        help: "References that refcount takes and drops in each phase, by all workers. (default: some milliseconds)",
        transform: { text in try Int(notation: text) }
    )
    var pairs: Int?

    @Option(
        help: "Wake-ups that latency measures in each phase. (default: \(ProbingSettings().wakeUps))",
        transform: { text in try Int(notation: text) }
    )
    var wakeUps: Int?

    @Option(help: "Output format.")
    var format: Format = .table

    /// A report has three lists of them, with up to nine characters each, in at most 1 MiB:
    /// Documentation/worker-protocol.md.
    private static let maxWakeUps = 40_000

    /// Eight threads of the Swift runtime, and the descriptors of a worker process.
    var resources: StartResources { StartResources(threads: 10, descriptors: 24, bytes: 96 << 20) }

    func validate() throws {
        guard (workers ?? 1) > 0, (workers ?? 1) <= ProbingSettings.maxWorkers else {
            throw ValidationError("--workers takes a number from 1 to \(ProbingSettings.maxWorkers)")
        }
        guard (iterations ?? 1) > 0 else { throw ValidationError("--iterations takes a number above 0") }
        guard (pairs ?? 1) > 0 else { throw ValidationError("--pairs takes a number above 0") }
        guard (1...Self.maxWakeUps).contains(wakeUps ?? 1) else {
            throw ValidationError("--wake-ups takes a number from 1 to \(Self.maxWakeUps)")
        }
    }

    func run() async throws {
        let settings = try settings()
        let runtimes = try runtimes(settings)
        let registry = Registry()
        let metrics = ProbeMetrics(registry, settings: settings)
        let progress = Progress(on: .error)
        var rounds = RoundRunner(runner: ProbeRunner(launcher: WorkerLauncher()))
        let known = Protected<[(runtime: String, info: RuntimeInfo?)]>([])
        let round = try await rounds.run(runtimes, settings: settings) { event in
            if case .planned(let runtimes) = event { known.withLock { $0 = runtimes } }
            metrics.record(event)
            progress.show(event)
        }
        progress.clear()
        // There is no next round here, but the metrics take their ratios from this event.
        metrics.record(.finished(round, next: NextRound(after: round.cpuSeconds, settings: settings, luck: 0)))
        let refusals = ProbeNotes.refusals(
            of: probe,
            by: known.withLock { $0 },
            areRuntimesNamed: !runtime.isEmpty
        )
        if !round.runs.isEmpty || format != .table {
            try StandardStream.output.write(try rendering(of: round, settings, registry))
        }
        if let warning = ProbeNotes.warning(about: round) { printError(warning) }
        for failure in round.failures + refusals { printError(failure) }
        if !round.failures.isEmpty || !refusals.isEmpty { throw ExitCode.failure }
    }

    private func settings() throws -> ProbingSettings {
        var settings: ProbingSettings
        do {
            settings = try configurationOptions.load().probing
        } catch {
            // The errors have been reported.
            throw ExitCode.failure
        }
        adapt(&settings)
        return settings
    }

    func adapt(_ settings: inout ProbingSettings) {
        if !probe.isEmpty { settings.probes = Probe.allCases.filter(probe.contains) }
        if let workers { settings.workers = workers }
        if let wakeUps {
            settings.wakeUps = wakeUps
            settings.phaseLimit = nil
        }
        // A run of a chosen length may take long; a runtime still has to describe itself in time.
        if iterations != nil || pairs != nil || wakeUps != nil {
            settings.countdownTimeLimit = max(settings.timeLimit, .seconds(3600))
        }
    }

    private func runtimes(_ settings: ProbingSettings) throws -> [RuntimeConfiguration] {
        let discovery = RuntimeDiscovery(path: Environment.value("PATH") ?? RuntimeDiscovery.standardPath)
        var chosen = discovery.search(for: settings).runtimes
        if !runtime.isEmpty {
            let known = chosen
            chosen = try runtime.map { name in
                if let one = known.first(where: { $0.name == name }) { return one }
                guard let found = discovery.interpreter(name) else {
                    throw ValidationError(
                        "no runtime '\(name)': known are \(known.map(\.name).joined(separator: ", ")), and every Python "
                            + "interpreter by its path or its name on PATH"
                    )
                }
                return found
            }
        }
        for index in chosen.indices { adapt(&chosen[index]) }
        return chosen
    }

    func adapt(_ runtime: inout RuntimeConfiguration) {
        if let iterations { runtime.iterations = iterations }
        if let pairs { runtime.pairs = pairs }
    }

    private func rendering(of round: Round, _ settings: ProbingSettings, _ registry: Registry) throws -> [UInt8] {
        switch format {
        case .table:
            let columns = StandardStream.output.columns
            let table = RoundTable(round, switchInterval: settings.switchInterval, columns: columns)
            return [UInt8](table.description.utf8)
        case .json:
            return try RoundJSON.encode(round)
        case .prometheus, .openmetrics:
            var bytes: [UInt8] = []
            registry.write(format == .prometheus ? .text : .openMetrics, into: &bytes)
            return bytes
        }
    }
}

extension Probe: ExpressibleByArgument {}

/// A line on a terminal that shows the current run. Writes nothing where standard error is not a terminal.
struct Progress: Sendable {
    private let write: (@Sendable (String) -> Void)?

    /// - Parameter write: writes to a terminal; nil where there is none.
    init(write: (@Sendable (String) -> Void)?) {
        self.write = write
    }

    init(on stream: StandardStream) {
        guard stream.isTerminal else {
            self.init(write: nil)
            return
        }
        // The round goes on if its progress cannot be shown.
        self.init { text in try? stream.write(text) }
    }

    func show(_ event: ProbingEvent) {
        guard case .began(let runtime, let probe, let done, let count) = event else { return }
        write?("\(Self.erase)[\(done + 1)/\(count)] \(runtime) \(probe.rawValue) …")
    }

    func clear() { write?(Self.erase) }

    /// Back to the first column, and erase to the end of the line: ECMA-48, EL.
    private static let erase = "\r\u{1B}[K"
}
