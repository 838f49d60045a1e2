import Glibc
import Linux
import Testing

@testable import Observation

/// A real interpreter that runs a script of a test, and reports on its standard output.
final class PythonProcess {
    let pid: pid_t
    private let input: CInt
    private let output: CInt
    private var unread: [UInt8] = []

    /// Functions for every script, among them one that prints the location of the interpreter.
    private static let prelude = """
        import ctypes, os, platform, sys, threading, time
        runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
        def say(*words):
            print(*words, flush=True)
        def wait_for_line():
            return sys.stdin.readline()
        def locate():
            say(runtime, *sys.version_info[:3], *platform.libc_ver())
        locate()

        """

    /// Starts `script`.
    init(_ interpreter: PythonInterpreter, _ script: String) throws {
        var toChild: [CInt] = [0, 0]
        var fromChild: [CInt] = [0, 0]
        guard unsafe pipe(&toChild) == 0, unsafe pipe(&fromChild) == 0 else { throw SystemError("pipe") }
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        (input, output) = (toChild[1], fromChild[0])
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            close(toChild[0])
            close(fromChild[1])
        }
        let words = interpreter.command + ["-I", "-u", "-c", Self.prelude + script]
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var pid = pid_t()
        let code = unsafe posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ)
        guard code == 0 else { throw SystemError("start \(words[0])", code: code) }
        self.pid = pid
    }

    deinit {
        kill(pid, SIGKILL)
        close(input)
        close(output)
        waitpid(pid, nil, 0)
    }

    /// The location of its interpreter, as `locate()` printed it.
    func location() throws -> InterpreterLocation {
        let words = try line().split(separator: " ")
        let numbers = try words.prefix(4).map { try #require(UInt64($0)) }
        try #require(words.count == 6 && words[4] == "glibc")
        let libc = try words[5].split(separator: ".").map { try #require(Int($0)) }
        return InterpreterLocation(
            process: try #require(ProcessIdentity(of: pid)),
            runtime: numbers[0],
            version: PythonVersion(major: Int(numbers[1]), minor: Int(numbers[2]), micro: Int(numbers[3])),
            libc: .glibc(major: libc[0], minor: libc[1])
        )
    }

    /// The next line of its output.
    func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread.removeFirst(end + 1)
                return line
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(output, &buffer, buffer.count)
            try #require(count > 0, "the interpreter has ended")
            unread += buffer[..<count]
        }
    }

    func numbers() throws -> [UInt64] {
        try line().split(separator: " ").map { try #require(UInt64($0)) }
    }

    /// Lets `wait_for_line()` return.
    func send(_ line: String = "") {
        let bytes = [UInt8]("\(line)\n".utf8)
        unsafe _ = write(input, bytes, bytes.count)
    }
}

/// An interpreter that is installed here.
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

    /// - Returns: nil unless the command starts a CPython from 3.8 on.
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
