import Glibc

/// Finds the Python interpreters that a person at a shell of this host would find.
package struct RuntimeDiscovery: Sendable {
    /// Where to look when nobody has said it.
    package static let standardPath = "/usr/local/bin:/usr/bin:/bin"

    private let directories: [String]

    /// - Parameter path: directories to search, as in the PATH of the environment.
    package init(path: String) {
        // An empty entry means the working directory to a shell; to a daemon that is nothing to run programs from.
        directories = path.split(separator: ":").map(String.init)
    }

    /// The runtimes to probe under these settings: `native`, what is discovered, and what is listed. A listed one
    /// takes the place of a discovered one of the same name.
    package func runtimes(for settings: ProbingSettings) -> [RuntimeConfiguration] {
        let listed = settings.runtimes
        var found: [RuntimeConfiguration] = []
        if settings.discovery != .none || listed.isEmpty { found.append(RuntimeConfiguration.native) }
        switch settings.discovery {
        case .none: break
        case .host: found += interpreters { $0 == "python3" }
        case .all: found += interpreters(where: Self.isInterpreter)
        }
        let names = Set(listed.map(\.name))
        return found.filter { !names.contains($0.name) } + listed
    }

    /// The interpreter that a person means by a path, or by a name on PATH; nil where there is no such program.
    package func interpreter(_ program: String) -> RuntimeConfiguration? {
        if program.contains("/") {
            guard Self.isProgram(program) else { return nil }
            let name = program.split(separator: "/").last.map(String.init) ?? program
            return RuntimeConfiguration(name: name, launch: .python(command: [program]))
        }
        return interpreters { $0 == program }.first
    }

    /// The executable files on PATH whose names are wanted, the first of each name, as a shell picks it; and of those
    /// that are the same file, the one with the shortest name.
    func interpreters(where isWanted: (String) -> Bool) -> [RuntimeConfiguration] {
        var paths: [String: String] = [:]
        for directory in directories {
            for name in Self.names(in: directory) where isWanted(name) && paths[name] == nil {
                let path = "\(directory)/\(name)"
                guard Self.isProgram(path) else { continue }
                paths[name] = path
            }
        }
        let inOrder = paths.sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }
        var seen: Set<String> = []
        var found: [RuntimeConfiguration] = []
        for (name, path) in inOrder where seen.insert(Self.realPath(path)).inserted {
            found.append(RuntimeConfiguration(name: name, launch: .python(command: [path])))
        }
        return found
    }

    /// `python3`, `python3.N`, `python3.Nt` and `pypy3`.
    static func isInterpreter(_ name: String) -> Bool {
        if name == "python3" || name == "pypy3" { return true }
        guard name.hasPrefix("python3.") else { return false }
        var minor = name.dropFirst("python3.".count)
        if minor.last == "t" { minor.removeLast() }
        return !minor.isEmpty && minor.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// A directory may be "executed" as well, access(2), and is no program.
    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
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
