import Glibc

/// The last answer of each runtime, valid while the runtime is the same program.
///
/// The file alone does not show that: the program that starts may choose another one each time, as a shim, `env` or a
/// name on PATH does. A change behind such a program shows in the next report, and a runtime whose reports do not
/// describe it is asked before each round.
struct RuntimeInfoCache: Sendable {
    private struct Entry: Sendable {
        var configuration: RuntimeConfiguration
        var file: ProgramFile?
        var info: RuntimeInfo
        var isInDoubt = false
    }

    private var entries: [String: Entry] = [:]

    /// Nil when the runtime has to be asked: for the first time, or because its program may have been replaced.
    func info(of runtime: RuntimeConfiguration) -> RuntimeInfo? {
        guard
            let entry = entries[runtime.name],
            !entry.isInDoubt,
            entry.configuration == runtime,
            entry.file == ProgramFile(of: runtime)
        else { return nil }
        return entry.info
    }

    /// The last answer of the runtime, which may have changed since.
    func lastInfo(of runtime: RuntimeConfiguration) -> RuntimeInfo? {
        entries[runtime.name].flatMap { $0.configuration == runtime ? $0.info : nil }
    }

    /// Makes ``info(of:)`` return nil, so that the runtime is asked again before the next round.
    mutating func doubt(_ runtime: RuntimeConfiguration) { entries[runtime.name]?.isInDoubt = true }

    mutating func remember(_ info: RuntimeInfo, of runtime: RuntimeConfiguration) {
        entries[runtime.name] = Entry(configuration: runtime, file: ProgramFile(of: runtime), info: info)
    }
}

/// Which file a program is, and in which state: an upgrade changes it.
private struct ProgramFile: Sendable, Equatable {
    var device: UInt
    var inode: UInt
    var size: Int
    var modified: [Int]

    /// Nil for the native runtime, and for a program that is looked up on PATH each time it starts.
    init?(of runtime: RuntimeConfiguration) {
        let command: [String]
        switch runtime.launch {
        case .native: return nil
        case .python(let words), .program(let words): command = words
        }
        var status = stat()
        guard let program = command.first, program.contains("/"), unsafe stat(program, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
        size = status.st_size
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }
}
