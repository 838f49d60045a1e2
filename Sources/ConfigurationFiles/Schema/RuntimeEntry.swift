import Probing

/// An entry of `runtimes.list` as it is written, before it is known whether it makes sense.
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
            // At least one decrement for each of as many workers as there may be. At most what a loop that takes a
            // tenth of a nanosecond a turn, faster than any, counts in the longest time limit.
            Key("iterations", \.iterations, .integer(in: 1024...6_000_000_000_000)),
        ])
    }

    /// The runtime that this describes, or nil after a report of what is missing or too much.
    func specification(_ places: Places, _ diagnostics: inout Diagnostics) -> RuntimeConfiguration? {
        guard let name else {
            diagnostics.report(
                "there is no name: add a line such as \"name: python3.13\"",
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
            entry.specification(places, &diagnostics)
        }
    }
}
