import Glibc
package import Linux

/// Finds the Python interpreters that a shell on this host would find.
package struct RuntimeDiscovery: Sendable {
    /// The search path where the environment has none.
    package static let standardPath = "/usr/local/bin:/usr/bin:/bin"

    /// The runtimes to probe, and the directories of the search path that exist but cannot be read.
    package struct Result: Sendable {
        package fileprivate(set) var runtimes: [RuntimeConfiguration] = []
        package fileprivate(set) var errors: [SystemError] = []
    }

    private let directories: [String]

    /// - Parameter path: directories to search, as in the PATH of the environment.
    package init(path: String) {
        // To a shell, an empty entry means the working directory, from which a daemon must not run programs.
        directories = path.split(separator: ":").map(String.init)
    }

    /// The runtimes to probe under these settings: `native`, the discovered and the listed ones. A listed runtime
    /// replaces a discovered one of the same name.
    package func search(for settings: ProbingSettings) -> Result {
        let listed = settings.runtimes
        var found = Result()
        switch settings.discovery {
        case .none: break
        case .host: found = interpreters { $0 == "python3" }
        case .all: found = interpreters(where: Self.isInterpreter)
        }
        if settings.discovery != .none || listed.isEmpty { found.runtimes.insert(.native, at: 0) }
        let names = Set(listed.map(\.name))
        found.runtimes = found.runtimes.filter { !names.contains($0.name) } + listed
        return found
    }

    /// The interpreter with this path, or with this name on PATH; nil where there is no such program.
    package func interpreter(_ program: String) -> RuntimeConfiguration? {
        if program.contains("/") {
            guard Self.isProgram(program) else { return nil }
            let name = program.split(separator: "/").last.map(String.init) ?? program
            return RuntimeConfiguration(name: name, launch: .python(command: [program]))
        }
        return interpreters { $0 == program }.runtimes.first
    }

    /// The program of a runtime, if there is no such program: a path, or a name that is not on PATH.
    package func missingProgram(of runtime: RuntimeConfiguration) -> String? {
        switch runtime.launch {
        case .native: return nil
        case .python(let command), .program(let command):
            guard let program = command.first else { return nil }
            let paths = program.contains("/") ? [program] : directories.map { "\($0)/\(program)" }
            return paths.contains(where: Self.isProgram) ? nil : program
        }
    }

    /// The executable files on PATH with wanted names: the first of each name, as a shell picks it, and of several names
    /// of one file the shortest.
    private func interpreters(where isWanted: (String) -> Bool) -> Result {
        var result = Result()
        var paths: [String: String] = [:]
        for directory in directories {
            let names: [String]
            do throws(SystemError) {
                names = try Self.names(in: directory)
            } catch {
                // PATH often has directories that do not exist.
                if error.code != ENOENT && error.code != ENOTDIR { result.errors.append(error) }
                continue
            }
            for name in names where isWanted(name) && paths[name] == nil {
                let path = "\(directory)/\(name)"
                guard Self.isProgram(path) else { continue }
                paths[name] = path
            }
        }
        let inOrder = paths.sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }
        var seen: Set<String> = []
        for (name, path) in inOrder where seen.insert(Self.realPath(path)).inserted {
            result.runtimes.append(RuntimeConfiguration(name: name, launch: .python(command: [path])))
        }
        return result
    }

    /// `python3`, `python3.N`, `python3.Nt` and `pypy3`.
    static func isInterpreter(_ name: String) -> Bool {
        if name == "python3" || name == "pypy3" { return true }
        guard name.hasPrefix("python3.") else { return false }
        var minor = name.dropFirst("python3.".count)
        if minor.last == "t" { minor.removeLast() }
        return !minor.isEmpty && minor.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// A directory may have execute permission too, access(2), but is not a program.
    private static func isProgram(_ path: String) -> Bool {
        unsafe FileIdentity(regularFileAt: path) != nil && access(path, X_OK) == 0
    }

    private static func names(in directory: String) throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw SystemError("read \(directory)") }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
            )
        }
        return names
    }

    static func realPath(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
