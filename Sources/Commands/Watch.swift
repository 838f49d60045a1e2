import ArgumentParser
import Linux
import Observation

/// `gil-exporter watch`: what the Python processes of this host do with their locks, live.
struct Watch: AsyncParsableCommand, ResourceUser {
    static let configuration = CommandConfiguration(
        abstract: "Watch the GILs of running Python processes.",
        discussion: """
            Neither stops nor changes them. Those of others take CAP_SYS_PTRACE (sudo); own ones do so only where \
            kernel.yama.ptrace_scope is not 0. CPython 3.8 to 3.15. The exit status is not 0 when a process that \
            was asked for cannot be observed.
            """
    )

    enum Order: String, CaseIterable, ExpressibleByArgument {
        case held, wait, switches, cpu, pid
    }

    @Argument(help: "Only these processes: their numbers, their names, or a file or module on their command line.")
    var processes: [String] = []

    @Flag(help: "Sample for one interval, print, and end.")
    var once = false

    @Flag(help: "Print one JSON object a process.")
    var json = false

    @Flag(help: "Tell which threads hold and want the locks at this moment.")
    var threads = false

    @Option(help: "Seconds between two looks.")
    var interval = 1.0

    @Option(help: "Samples of each process per second, as far as 5 % of one CPU reach.")
    var rate = 100.0

    @Option(help: "What comes first.")
    var sort: Order = .held

    /// Eight threads of its own and of the runtime's, and a few files of /proc at a time.
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
        defer { watch.end() }
        func look() throws -> [WatchedProcess] {
            try watch.look(withThreads: threads, only: targets.onlyNumbers) {
                targets.include($0, name: $1, commandLine: $2)
            }
        }
        var said: [String] = []
        _ = try look()
        // The first samples are taken meanwhile, from which differences can be taken.
        try await Task.sleep(for: .milliseconds(100))
        _ = try look()
        // Where samples are rarer than looks, a single look waits for some.
        let patience = ContinuousClock.now + .seconds(interval) + Self.patience
        repeat {
            try await Task.sleep(for: .seconds(interval))
            let found = try look().sorted(by: precedes)
            if once, found.contains(where: { $0.activity == nil }), ContinuousClock.now < patience { continue }
            try show(found)
            let complaints = targets.complaints(about: found, rights, seesOthers: watch.seesOthers)
            let explanations = targets.explanations(of: found)
            // A document has its reason in it, and whoever reads it may read both streams.
            let lines = json ? complaints : complaints + explanations
            if lines != said {
                for line in lines { try StandardStream.error.write("gil-exporter: \(line)\n") }
                said = lines
            }
            // What cannot be observed now may become so: a program that is starting, or that executes another.
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
        // Back to the first line, and erase to the end of the screen: ECMA-48, CUP and ED.
        if !once, output.isTerminal { try output.write("\u{1B}[H\u{1B}[J") }
        try output.write(WatchTable(found, columns: output.isTerminal ? output.columns : nil).description)
    }

    private func precedes(_ one: WatchedProcess, _ other: WatchedProcess) -> Bool {
        let (first, second) = (weight(one), weight(other))
        return first != second ? first > second : one.pid < other.pid
    }

    /// Those that cannot be observed come last.
    private func weight(_ process: WatchedProcess) -> Double {
        guard case .success(let activity) = process.activity else { return -1 }
        return switch sort {
        case .held: activity.heldRatio
        case .wait: activity.waitRatio ?? 0
        case .switches: activity.switchesPerSecond
        case .cpu: process.cpuRatio ?? 0
        case .pid: 0
        }
    }
}
