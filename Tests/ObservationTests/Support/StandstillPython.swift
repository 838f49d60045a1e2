import Glibc
import Linux

/// A python3 that has started and waits. It is killed when the test releases it.
final class StandstillPython: Sendable {
    let pid: pid_t
    private let lifeLine: CInt

    static var isInstalled: Bool {
        (Environment.value("PATH") ?? "").split(separator: ":").contains { unsafe access("\($0)/python3", X_OK) == 0 }
    }

    /// Runs `body` with such a process. A variable alone would not keep it: Swift may release it after its last use.
    static func during(_ body: (pid_t) throws -> Void) throws {
        let python = try StandstillPython()
        try withExtendedLifetime(python) { try body(python.pid) }
    }

    private init() throws {
        var input: [CInt] = [0, 0]
        var output: [CInt] = [0, 0]
        guard unsafe pipe(&input) == 0, unsafe pipe(&output) == 0 else { throw SystemError("pipe") }
        for descriptor in [input[1], output[0]] {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        let script = "print('ready', flush=True)\ninput()"
        let words = ["python3", "-c", script]
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in 0..<words.count { unsafe free(arguments[index]) } }
        let code = unsafe posix_spawnp(&pid, "python3", &actions, nil, &arguments, environ)
        close(input[0])
        close(output[1])
        defer { close(output[0]) }
        self.pid = pid
        lifeLine = input[1]
        guard code == 0 else { throw SystemError("start python3", code: code) }
        // Without a buffer (PYTHONUNBUFFERED), it writes the line feed separately.
        var byte: UInt8 = 0
        while byte != UInt8(ascii: "\n") {
            guard unsafe read(output[0], &byte, 1) == 1 else { throw SystemError("start python3", code: EPIPE) }
        }
    }

    deinit {
        if pid > 0 {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        close(lifeLine)
    }
}
