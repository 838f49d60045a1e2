import ArgumentParser
import ConfigurationFiles
import Linux
import Notation
import Observation

/// The processes that a command samples, and how.
struct SamplingOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The processes: their numbers, names or services, or a file or module on their command line, by its name or "
                + "its path. (default: all)",
            valueName: "process"
        )
    )
    var processes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Samples of each process per second. Fewer, if they take more than 5 % of one CPU. (default: 100)",
            valueName: "number"
        ),
        transform: { text in try Int(notation: text) }
    )
    var rate = 100

    @OptionGroup var configurationOptions: ConfigurationOptions

    func validate() throws {
        guard (1...10_000).contains(rate) else { throw ValidationError("--rate takes 1 to 10000 samples per second") }
    }

    var targets: WatchTargets { WatchTargets(processes) }

    /// Begins to sample.
    ///
    /// - Parameters:
    ///   - hasProfiles: whether to read what holds the locks.
    ///   - waiterShare: the share of the samples that also read what waits for them.
    func start(hasProfiles: Bool = false, waiterShare: Double = 0) throws -> ProcessWatch {
        guard let observation = try? configurationOptions.load().observation else { throw ExitCode.failure }
        if let refusal = ProcessMemory.refusal { printError("\(refusal)") }
        return try ProcessWatch(
            GILSampler.Settings(
                rate: Double(rate),
                cpuBudget: 0.05,
                hasProfiles: hasProfiles,
                waiterShare: waiterShare
            ),
            observation: observation
        )
    }
}
