import ArgumentParser
import Linux
import Notation
import Observation
import Reports

/// `gil-exporter watch`: shows the GIL activity of this host's Python processes, live.
struct Watch: AsyncParsableCommand, ResourceUser {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch the GILs of running Python processes.",
        discussion: """
            Processes are neither stopped nor changed. Processes of other users need CAP_SYS_PTRACE (sudo); your own \
            need it only if kernel.yama.ptrace_scope is not 0. Supports CPython 3.8 to 3.15. The exit status is not 0 \
            if a requested process cannot be observed. On a terminal, q ends it; rows of saturated processes are red, \
            unless NO_COLOR is set.

            Examples:
              gil-exporter watch gunicorn
              gil-exporter watch --services --sort=wait
              gil-exporter watch --threads --interval=500ms 4711 /srv/shop/manage.py
              gil-exporter watch --once --format=json
            """
    )

    enum Order: String, CaseIterable, ExpressibleByArgument {
        case held, wait, switches, cpu, pid
    }

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table, json
    }

    @Flag(help: "Sample for one interval, print the result, and exit.")
    var once = false

    @Flag(help: "Show a row for each service instead of each process: the groups of the metrics.")
    var services = false

    @Flag(help: "Show the threads that hold a lock or wait for one at this moment.")
    var threads = false

    @Option(
        help: ArgumentHelp(
            "Time from one output to the next, such as 500ms or 2s; a number alone is seconds. (default: 1s)",
            valueName: "duration"
        ),
        transform: { text in try Watch.duration(text) }
    )
    var interval: Duration = .seconds(1)

    @Option(help: "The column to sort by.")
    var sort: Order = .held

    @Option(help: "Output format. JSON is one object per line.")
    var format: Format = .table

    @Flag(help: "The same as --format=json.")
    var json = false

    @OptionGroup var sampling: SamplingOptions

    /// Nine threads of the command and the Swift runtime, and a few files of /proc at a time.
    var resources: StartResources { StartResources(threads: 11, descriptors: 24, bytes: 96 << 20) }

    func validate() throws {
        guard (Duration.milliseconds(100)...Duration.seconds(3600)).contains(interval) else {
            throw ValidationError("--interval takes a duration from 100ms to 1h")
        }
        guard !(threads && services) else {
            throw ValidationError("--threads and --services exclude each other: threads belong to processes")
        }
    }

    func run() async throws {
        let targets = sampling.targets
        let scope = ObservationScope.ofCommand()
        var watch = try sampling.start()
        func look() throws -> [WatchedProcess] {
            try watch.look(withThreads: threads, only: targets.onlyNumbers) {
                targets.include($0, name: $1, commandLine: $2, service: $3)
            }
        }
        let display = WatchDisplay(isJSON: json || format == .json, byService: services, isLive: !once)
        let pause = try WatchPause(interval, hasKeys: display.redraws)
        defer { pause.end() }
        var shown: [String] = []
        _ = try look()
        // Meanwhile the first samples are taken, which later looks are compared with.
        try await Task.sleep(for: .milliseconds(100))
        _ = try look()
        // If samples are rarer than looks, --once waits for some.
        let patience = ContinuousClock.now + interval + Self.patience
        while try await pause.wait() {
            let found = try look().sorted(by: precedes)
            if once, found.contains(where: { $0.activity == nil }), ContinuousClock.now < patience { continue }
            try display.show(found)
            let complaints = targets.complaints(about: found, scope, silent: watch.silent)
            let explanations = targets.explanations(of: found)
            // JSON documents contain the explanations.
            let lines = display.isJSON ? complaints : complaints + explanations
            // A redrawn screen has erased the previous ones.
            if lines != shown || display.redraws { for line in lines { printError(line) } }
            shown = lines
            // Without --once the watch goes on, because a process may become observable: it is starting, or executes another
            // program.
            if once || found.isEmpty, !complaints.isEmpty || !explanations.isEmpty { throw ExitCode.failure }
            if once { break }
        }
    }

    private static let patience: Duration = .seconds(5)

    static func duration(_ text: String) throws(ValidationError) -> Duration {
        if let duration = Duration(notation: text) { return duration }
        guard let seconds = Double(text), seconds.isFinite, seconds < 1e9 else {
            throw ValidationError("write a duration, such as 500ms, 2s or 1m30s")
        }
        return .seconds(seconds)
    }

    private func precedes(_ one: WatchedProcess, _ other: WatchedProcess) -> Bool {
        let (first, second) = (weight(one), weight(other))
        return first != second ? first > second : one.pid < other.pid
    }

    /// Processes that cannot be observed come last.
    private func weight(_ process: WatchedProcess) -> Double {
        guard case .success = process.activity else { return -1 }
        return switch sort {
        case .held: process.held ?? 0
        case .wait: process.wait ?? 0
        case .switches: process.switches ?? 0
        case .cpu: process.cpuRatio ?? 0
        case .pid: 0
        }
    }
}
