import ArgumentParser
import Linux
import Notation
import Observation
import Reports

/// `gil-exporter profile`: shows which functions of running Python processes make other threads wait.
struct Profile: AsyncParsableCommand, ResourceUser {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Profile who holds the GIL while other threads wait.",
        discussion: """
            Samples the lock of each process. When it is held, the Python stack of the holder is read, and charged with the \
            time that other threads wait for it: the function that makes others wait most comes first. Processes are neither \
            stopped nor changed. Needs the same rights as gil-exporter watch.

            A function that calls code in C is charged for it. Stacks that could not be read in time are counted as \
            <unknown>, so that the sum is always the whole waiting time.

            Examples:
              gil-exporter profile gunicorn
              gil-exporter profile --format=flamegraph --output=waits.html 4711
              gil-exporter profile --format=folded --cost=held celery
              gil-exporter profile --cost=suffered celery
              gil-exporter profile --format=pprof --output=waits.pb celery
            """
    )

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table, folded, pprof, flamegraph
    }

    enum Cost: String, CaseIterable, ExpressibleByArgument {
        case wait, held
        case longHolds = "long-holds"
        case suffered

        /// The side that is charged with it.
        var side: LockProfile.Side { self == .suffered ? .waiters : .holders }

        var name: String {
            switch self {
            case .wait: "wait caused"
            case .held: "time held"
            case .longHolds: "time of long holds"
            case .suffered: "wait suffered"
            }
        }

        var order: FunctionCosts.Order {
            switch self {
            case .wait, .suffered: .wait
            case .held: .held
            case .longHolds: .longHeld
            }
        }

        func nanoseconds(_ cost: LockCost) -> UInt64 {
            switch self {
            case .wait, .suffered: cost.wait
            case .held: cost.held
            case .longHolds: cost.longHeld
            }
        }
    }

    @Option(
        help: ArgumentHelp(
            "How long to sample, such as 30s or 5m; a number alone is seconds. (default: 30s)",
            valueName: "duration"
        ),
        transform: { text in try Watch.duration(text) }
    )
    var duration: Duration = .seconds(30)

    @Option(help: "Output format: a table, folded stacks, a profile for pprof, or a flame graph in HTML.")
    var format: Format = .table

    @Option(help: ArgumentHelp("The file to write to. (default: standard output)", valueName: "path"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "What the table is sorted by, and what folded stacks and flame graphs show: the wait that was caused, the time "
                + "for which the lock was held, that of holds which lasted for 50 ms while others waited, or, of the "
                + "threads that waited, their own wait."
        )
    )
    var cost: Cost = .wait

    @OptionGroup var sampling: SamplingOptions

    /// As for `watch`, and the profiles.
    var resources: StartResources { StartResources(threads: 11, descriptors: 24, bytes: 128 << 20) }

    func validate() throws {
        guard (Duration.seconds(1)...Duration.seconds(3600)).contains(duration) else {
            throw ValidationError("--duration takes a duration from 1s to 1h")
        }
        guard output != nil || format == .table || format == .folded || !StandardStream.output.isTerminal else {
            throw ValidationError("--format=\(format.rawValue) is not for a terminal; name a file with --output")
        }
    }

    func run() async throws {
        var watch = try sampling.start(hasProfiles: true, waiterShare: cost.side == .waiters ? 1 : 0)
        try write(try await sample(&watch))
    }

    /// What was seen.
    private struct Sampled {
        var profiles = ServiceProfiles()
        var found: [WatchedProcess] = []
        var seconds = 0.0
    }

    private func sample(_ watch: inout ProcessWatch) async throws -> Sampled {
        let targets = sampling.targets
        let isStopped = Protected(false)
        let stops = try StopSignals(limit: .seconds(5), status: 1) {}
        stops.handle { isStopped.withLock { $0 = true } }
        let progress = ProfileProgress(duration)
        var sampled = Sampled()
        let begin = MonotonicInstant.now
        while true {
            sampled.found = try watch.look(withThreads: false, only: targets.onlyNumbers) {
                targets.include($0, name: $1, commandLine: $2, service: $3)
            }
            sampled.profiles.add(watch.takeProfiles(), of: sampled.found)
            let elapsed = MonotonicInstant.now - begin
            sampled.seconds = elapsed.seconds
            // A process is reported from the second look on.
            if elapsed > Self.patience, sampled.found.isEmpty || elapsed >= duration || isStopped.withLock({ $0 }) {
                break
            }
            progress.show(elapsed, processes: sampled.found.count, waited: sampled.profiles.total.wait)
            try await Task.sleep(for: min(Self.interval, max(.milliseconds(50), duration - elapsed)))
        }
        progress.end()
        let complaints = targets.complaints(about: sampled.found, ObservationScope.ofCommand(), silent: watch.silent)
        let lines = complaints + targets.explanations(of: sampled.found)
        for line in lines { printError(line) }
        if !lines.isEmpty, sampled.profiles.total.isZero { throw ExitCode.failure }
        return sampled
    }

    private static let interval: Duration = .milliseconds(500)
    private static let patience: Duration = .milliseconds(700)

    private func write(_ sampled: Sampled) throws {
        let profile = sampled.profiles.merged(cost.side)
        if profile.total.isZero {
            printError(
                cost.side == .holders ? "no lock was held in this time" : "no thread waited for a lock in this time"
            )
        }
        let plain = sampled.profiles.withoutServices(cost.side)
        let findings = ProfileFindings(plain, of: cost.side, seconds: sampled.seconds)
        switch format {
        case .table:
            let columns = output == nil ? StandardStream.output.columns : nil
            let table = ProfileTable(plain, of: cost.side, by: cost.order, width: columns)
            try write("\(table)\n\(findings.lines(columns: columns ?? 80))")
        case .folded:
            try write(FoldedStacks(profile, of: cost.nanoseconds).description)
        case .flamegraph:
            let graph = FlameGraph(
                profile,
                title:
                    "\(sampling.processes.isEmpty ? "Python" : sampling.processes.joined(separator: ", ")): \(cost.name)",
                summary: findings.description,
                costName: cost.name,
                of: cost.nanoseconds
            )
            try write(graph.source(nonce: "file"))
        case .pprof:
            let end = UInt64(KernelClock.unixTime() * 1e9)
            let content: ProfileProto.Content = cost.side == .holders ? .all : .contention
            let proto = ProfileProto(profile, content, time: end, duration: UInt64(sampled.seconds * 1e9))
            try write(proto.bytes)
        }
    }

    private func write(_ text: String) throws { try write([UInt8](text.utf8)) }

    private func write(_ bytes: [UInt8]) throws {
        guard let output else { return try StandardStream.output.write(bytes) }
        try OutputFile.write(bytes, to: output)
    }
}
