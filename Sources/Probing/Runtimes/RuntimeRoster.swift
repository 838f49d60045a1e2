import Glibc

/// What the runtimes have said of themselves, for as long as they are the same programs.
///
/// A file tells only of the program that is started, and that may be one that picks another: a shim, `env`, a name on
/// PATH. So what counts is what each report says, and a runtime whose reports say nothing is asked before each round.
struct RuntimeRoster: Sendable {
    private struct Entry: Sendable {
        var specification: RuntimeSpecification
        var file: ProgramFile?
        var description: RuntimeDescription
        var isInDoubt = false
    }

    private var entries: [String: Entry] = [:]

    /// Nil when the runtime has not been asked yet, or when its program has been replaced since.
    func description(of runtime: RuntimeSpecification) -> RuntimeDescription? {
        guard
            let entry = entries[runtime.name],
            !entry.isInDoubt,
            entry.specification == runtime,
            entry.file == ProgramFile(of: runtime)
        else { return nil }
        return entry.description
    }

    /// What the runtime has said last; it may have changed since.
    func lastDescription(of runtime: RuntimeSpecification) -> RuntimeDescription? {
        entries[runtime.name].flatMap { $0.specification == runtime ? $0.description : nil }
    }

    /// Has the runtime asked again before the next round.
    mutating func doubt(_ runtime: RuntimeSpecification) { entries[runtime.name]?.isInDoubt = true }

    mutating func remember(_ description: RuntimeDescription, of runtime: RuntimeSpecification) {
        entries[runtime.name] = Entry(
            specification: runtime,
            file: ProgramFile(of: runtime),
            description: description
        )
    }
}

/// Which file a program is, and in which state: an upgrade changes it.
private struct ProgramFile: Sendable, Equatable {
    var device: UInt
    var inode: UInt
    var modified: [Int]

    /// Nil for the native runtime, and where the program is looked up on PATH each time.
    init?(of runtime: RuntimeSpecification) {
        let command: [String]
        switch runtime.launch {
        case .native: return nil
        case .python(let words), .program(let words): command = words
        }
        var status = stat()
        guard let program = command.first, unsafe stat(program, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}
