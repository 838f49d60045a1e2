import Linux
import Notation
import Probing

extension ProbingSettings {
    /// `probing:`, the probes, and how often and how they run.
    static var section: Section<ProbingSettings> {
        let keys: [Key<ProbingSettings>] = [
            Key("enabled", \.isEnabled, .boolean),
            // A round takes about a second per runtime, so a shorter interval would always be stretched. A host that is
            // probed less than once a day is not monitored.
            Key("interval", \.interval, .duration(in: .seconds(1) ... .seconds(24 * 3600))),
            // At 50 % one interval may already be three times as long as another.
            Key("jitter", \.jitter, .ratio(percent: 0...50)),
            // Beyond one CPU on average the exporter would be the load that it measures. Below a ten-thousandth, a
            // round of a few CPU seconds would run less than once a day.
            Key("cpu_budget", \.cpuBudget, .ratio(percent: 0.01...100)),
            Key("time_limit", \.timeLimit, .duration(in: .milliseconds(1) ... .seconds(600))),
            Key(
                "probes",
                \.probes,
                .list(
                    of: .choice,
                    example: "[single, gil]",
                    distinct: Distinction(by: \.rawValue, remedy: "keep one")
                ).nonEmpty(example: "single")
            ),
            // One worker is the probe `single`. An affinity mask holds 1024 CPUs (cpu_set_t, CPU_SET(3)), so more
            // workers could not have a CPU each.
            Key("workers", \.workers, .workers),
            // Every wake-up waits a little on a run queue (`schedstat` counts nanoseconds), so without any tolerance
            // every measurement would be disturbed. At 100 % none is.
            Key("disturbed_run_queue_ratio", \.disturbedRunQueueRatio, .ratio(percent: 0.1...100)),
            // Shorter timed waits still last 50 µs, the default timer slack (PR_SET_TIMERSLACK, prctl(2)).
            Key("switch_interval", \.switchInterval, .duration(in: .microseconds(50) ... .seconds(1))),
        ]
        return Section(keys, check: checkLockTurns)
    }

    /// Each worker holds the lock for one switch interval at a time. If one turn of all workers is not shorter than
    /// the time limit, the probe measures nothing: either the countdown is as long and is ended, or every share is
    /// shorter than a switch interval and the lock is never handed over.
    private static func checkLockTurns(_ settings: ProbingSettings, _ places: Places, _ diagnostics: inout Diagnostics)
    {
        let turn = settings.switchInterval * settings.workers
        guard settings.probes.contains(where: \.sharesLock), turn >= settings.timeLimit else { return }
        diagnostics.report(
            "\(settings.workers) workers that hold the lock for \(settings.switchInterval.notation) each need "
                + "\(turn.notation) to take turns, which time_limit (\(settings.timeLimit.notation)) does not allow: "
                + "use fewer workers, a shorter switch_interval or a longer time_limit",
            at: places.value(of: "switch_interval", "workers", "time_limit")
        )
    }
}

extension Schema where Value == Int {
    /// A number of workers, or `cpus`: as many as there are CPUs on which this program may run now.
    fileprivate static var workers: Schema {
        .integer(in: 2...ProbingSettings.maxWorkers, or: "cpus") { (try? Affinity.ofCallingThread())?.count ?? 0 }
    }
}

extension ProbingSettings {
    /// `runtimes:`, the runtimes that count down.
    static var runtimesSection: Section<ProbingSettings> {
        Section([
            Key("discover", \.discovery, .choice),
            Key(
                "list",
                \.runtimes,
                .list(
                    of: .runtime,
                    example: "\"- name: native\"",
                    distinct: Distinction(by: \.name, remedy: "remove or rename one")
                )
            ),
        ])
    }
}

/// An entry of `runtimes.list` before it is checked.
struct RuntimeEntry {
    var name: String?
    var python: [String]?
    var program: [String]?
    var iterations: Int?

    static var section: Section<RuntimeEntry> {
        Section([
            Key("name", \.name, .runtimeName),
            Key("python", \.python, .command(example: "/usr/bin/python3")),
            Key("program", \.program, .command(example: "/usr/local/bin/my-worker")),
            // At least one decrement for each of the maximum number of workers. At most the count in the longest time
            // limit of a loop that takes a tenth of a nanosecond a turn, which is faster than any.
            Key("iterations", \.iterations, .integer(in: 1024...6_000_000_000_000)),
        ])
    }

    /// The runtime of this entry, or nil after a report of missing or surplus keys.
    func runtime(_ places: Places, _ diagnostics: inout Diagnostics) -> RuntimeConfiguration? {
        guard let name else {
            diagnostics.report(
                "the name is missing: add a line such as \"name: python3.13\"",
                at: places.value(of: "name")
            )
            return nil
        }
        do throws(Unacceptable) {
            return RuntimeConfiguration(name: name, launch: try launch(of: name), iterations: iterations)
        } catch {
            let remedy = error.remedy ?? "give this runtime another name"
            diagnostics.report("\(quoted(name)) \(error.reason): \(remedy)", at: places.value(of: "name"))
            return nil
        }
    }

    private func launch(of name: String) throws(Unacceptable) -> RuntimeConfiguration.Launch {
        switch (python, program) {
        case (nil, nil) where name == "native":
            return .native
        case (nil, nil):
            throw Unacceptable(
                "has nothing that starts it",
                remedy: "add \"python: [PATH]\" for an interpreter or \"program: [PATH]\" for a worker program; "
                    + "only \"native\" needs neither"
            )
        case (.some, .some):
            throw Unacceptable("has both python and program", remedy: "keep the one that starts it")
        case (_, _) where name == "native":
            throw Unacceptable("is the name of this program's own worker")
        case (let command?, nil):
            return .python(command: command)
        case (nil, let command?):
            return .program(command: command)
        }
    }
}

extension Schema where Value == RuntimeConfiguration {
    static var runtime: Schema {
        .mapping(RuntimeEntry.section, draft: RuntimeEntry()) { entry, places, diagnostics in
            entry.runtime(places, &diagnostics)
        }
    }
}

extension Schema where Value == String {
    /// The name of a runtime. It is a label value and an argument of commands, so it is short and without spaces.
    static var runtimeName: Schema {
        .scalar("1 to 64 letters a-z A-Z, digits, and . _ + -") { (scalar) throws(Unacceptable) in
            let name = scalar.text
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isAllowed) else {
                throw Unacceptable("is not a name")
            }
            return name
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "+", "-": true
        default: false
        }
    }
}

extension Schema where Value == [String] {
    /// A command: a list of words, or a single word.
    static func command(example: String) -> Schema {
        let words = Schema.list(of: .word, example: "[\(example)]").nonEmpty(example: example)
        return Schema { node, diagnostics in
            if case .scalar(let scalar) = node.content, !scalar.isNull {
                return Schema<String>.onlyWord(example: example).decode(node, &diagnostics).map { [$0] }
            }
            guard let command = words.decode(node, &diagnostics) else { return nil }
            guard command.first?.isEmpty == false else {
                diagnostics.report("the first word is empty: write the program's path there", at: node.position)
                return nil
            }
            return command
        }
    }
}

extension Schema where Value == String {
    /// Any text that can be an argument of a program. Arguments end at a NUL (execve(2)), which an escape in double
    /// quotes can produce.
    fileprivate static var word: Schema {
        .scalar("a word of the command line") { (scalar) throws(Unacceptable) in
            guard !scalar.text.utf8.contains(0) else {
                throw Unacceptable("has a NUL in it, where every program stops reading", remedy: "remove it")
            }
            return scalar.text
        }
    }

    /// A command without a list. It must not have spaces: a shell would split the text there, but a path may contain
    /// them, and only a list is unambiguous.
    fileprivate static func onlyWord(example: String) -> Schema {
        Schema { node, diagnostics in
            guard let word = Schema.word.decode(node, &diagnostics) else { return nil }
            guard !word.isEmpty, !word.contains(where: \.isWhitespace) else {
                let message =
                    "\(quoted(word)) is not one word: write a list of the command's words, such as [\(example)]"
                diagnostics.report(message, at: node.position)
                return nil
            }
            return word
        }
    }
}
