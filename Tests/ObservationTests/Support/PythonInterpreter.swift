import Glibc
import Linux
import Testing

/// An interpreter of this machine.
struct PythonInterpreter: Sendable, Hashable, CustomTestStringConvertible {
    /// Its version, as "3.11.7".
    var version: String
    var command: [String]

    var testDescription: String { version }
    var minor: Int { Int(version.split(separator: ".")[1]) ?? 0 }

    /// All on PATH that can be observed, and those that GIL_EXPORTER_TEST_PYTHONS lists: commands, separated by
    /// semicolons, such as "chroot /some/root /usr/bin/python3;/opt/python/bin/python3".
    static let all: [PythonInterpreter] = {
        let directories = (Environment.value("PATH") ?? "/usr/bin").split(separator: ":")
        let names = ["python3"] + (8...15).map { "python3.\($0)" } + (13...15).map { "python3.\($0)t" }
        let onPath = directories.flatMap { directory in names.map { ["\(directory)/\($0)"] } }
            .filter { unsafe access($0[0], X_OK) == 0 }
        let listed = (Environment.value("GIL_EXPORTER_TEST_PYTHONS") ?? "").split(separator: ";")
            .map { $0.split(separator: " ").map(String.init) }
        return Set((onPath + listed).compactMap(PythonInterpreter.init)).sorted { $0.version < $1.version }
    }()

    static let any = all.first

    /// Nil where the command starts no CPython from 3.8 on.
    private init?(_ command: [String]) {
        let question =
            "import ctypes, os, platform, sys; "
            + "print(sys.implementation.name, platform.python_version(), os.path.realpath(sys.executable))"
        let line = (command + ["-I", "-c", "'\(question)'", "2>&-"]).joined(separator: " ")
        guard let pipe = unsafe popen(line, "re") else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe fread(&buffer, 1, buffer.count, pipe)
        guard unsafe pclose(pipe) == 0 else { return nil }
        let words = String(decoding: buffer[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 3, words[0] == "cpython" else { return nil }
        version = String(words[1])
        // A shell script that looks for the interpreter is not what is observed, but what starts it in another root is.
        self.command = command.dropLast() + [String(words[2])]
        guard minor >= 8 else { return nil }
    }
}
