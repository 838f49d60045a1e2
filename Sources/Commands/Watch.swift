import ArgumentParser
import Linux
import Observation
import Reports

/// `gil-exporter watch`: shows the GIL activity of this host's Python processes, live.
struct Watch: AsyncParsableCommand, ResourceUser {
    static let configuration = CommandConfiguration(
        abstract: "Watch the GILs of running Python processes.",
        discussion: """
            Processes are neither stopped nor changed. Processes of other users need CAP_SYS_PTRACE (sudo); your own \
            need it only if kernel.yama.ptrace_scope is not 0. Supports CPython 3.8 to 3.15. The exit status is not 0 \
            if a requested process cannot be observed.
            """
    )

    enum Order: String, CaseIterable, ExpressibleByArgument {
        case held, wait, switches, cpu, pid
    }

    @Argument(
        help:
            "The processes to watch: their numbers, their names, or a file or module on their command line. Default: all."
    )
    var processes: [String] = []

    @Flag(help: "Sample for one interval, print the result, and exit.")
    var once = false

    @Flag(help: "Print one JSON object for each process.")
    var json = false

    @Flag(help: "Show the threads that hold a lock or wait for one at this moment.")
    var threads = false

    @Option(help: "Seconds from one output to the next.")
    var interval = 1.0

    @Option(help: "Samples of each process per second. Fewer, if they take more than 5 % of one CPU.")
    var rate = 100.0

    @Option(help: "The column to sort by.")
    var sort: Order = .held

    /// Eight threads of the command and the Swift runtime, and a few files of /proc at a time.
    var resources: StartResources { StartResources(threads: 10, descriptors: 24, bytes: 96 << 20) }

    func validate() throws {
        guard interval >= 0.1, interval <= 3600 else { throw ValidationError("--interval takes 0.1 to 3600 seconds") }
        guard rate >= 1, rate <= 10_000 else { throw ValidationError("--rate takes 1 to 10000 samples per second") }
    }

    func run() async throws {
        let targets = WatchTargets(processes)
        let rights = ObservationRights.ofThisProcess()
        if let refusal = ProcessMemory.refusal { try StandardStream.error.write("gil-exporter: \(refusal)\n") }
        var watch = try ProcessWatch(GILSampler.Settings(rate: rate, cpuBudget: 0.05))
        func look() throws -> [WatchedProcess] {
            try watch.look(withThreads: threads, only: targets.onlyNumbers) {
                targets.include($0, name: $1, commandLine: $2)
            }
        }
        var shown: [String] = []
        _ = try look()
        // Meanwhile the first samples are taken, which later looks are compared with.
        try await Task.sleep(for: .milliseconds(100))
        _ = try look()
        // If samples are rarer than looks, --once waits for some.
        let patience = ContinuousClock.now + .seconds(interval) + Self.patience
        repeat {
            try await Task.sleep(for: .seconds(interval))
            let found = try look().sorted(by: precedes)
            if once, found.contains(where: { $0.activity == nil }), ContinuousClock.now < patience { continue }
            try show(found)
            let complaints = targets.complaints(
                about: found,
                rights,
                seesOthers: watch.seesOthers,
                silent: watch.silent
            )
            let explanations = targets.explanations(of: found)
            // JSON documents contain the explanations.
            let lines = json ? complaints : complaints + explanations
            if lines != shown {
                for line in lines { try StandardStream.error.write("gil-exporter: \(line)\n") }
                shown = lines
            }
            // Without --once the watch goes on, because a process may become observable: it is starting, or executes another
            // program.
            if once || found.isEmpty, !complaints.isEmpty || !explanations.isEmpty { throw ExitCode.failure }
            if once { break }
        } while true
    }

    private static let patience: Duration = .seconds(5)

    private func show(_ found: [WatchedProcess]) throws {
        let output = StandardStream.output
        if json {
            for process in found { try output.write(WatchJSON.encode(process)) }
            return
        }
        guard !found.isEmpty else { return }
        // Moves to the first line and erases the screen: CUP and ED of ECMA-48.
        if !once, output.isTerminal { try output.write("\u{1B}[H\u{1B}[J") }
        try output.write(WatchTable(found, columns: output.isTerminal ? output.columns : nil).description)
    }

    private func precedes(_ one: WatchedProcess, _ other: WatchedProcess) -> Bool {
        let (first, second) = (weight(one), weight(other))
        return first != second ? first > second : one.pid < other.pid
    }

    /// Processes that cannot be observed come last.
    private func weight(_ process: WatchedProcess) -> Double {
        guard case .success(let activity) = process.activity else { return -1 }
        return switch sort {
        case .held: activity.rate(of: .held) ?? 0
        case .wait: activity.rate(of: .wait) ?? 0
        case .switches: activity.rate(of: .switches) ?? 0
        case .cpu: process.cpuRatio ?? 0
        case .pid: 0
        }
    }
}
