import Glibc
import Linux

/// A program that a test has started. It is killed when the test releases it.
final class ChildProcess: Sendable {
    enum Ending: Sendable, Equatable {
        case exited(CInt)
        case signaled(CInt)
    }

    let id: pid_t
    private let isReaped: Protected<Bool>
    private let reaping: Task<Ending, Never>

    /// - Parameters:
    ///   - environment: the whole environment. Nothing is inherited, so a test does not depend on its user.
    ///   - descriptors: the program's descriptors 0, 1 and 2.
    init(_ program: String, _ arguments: [String], environment: [String: String], descriptors: [CInt]) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in descriptors.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number))
        }
        let words = CStringArray([program] + arguments)
        let variables = CStringArray(environment.map { "\($0)=\($1)" })
        var id: pid_t = 0
        let code = unsafe posix_spawnp(&id, program, &actions, nil, words.pointers, variables.pointers)
        guard code == 0 else { throw SystemError("start \(program)", code: code) }
        self.id = id
        let isReaped = Protected(false)
        self.isReaped = isReaped
        reaping = Task { [id] in
            await withCheckedContinuation { continuation in
                BlockingThread.start { continuation.resume(returning: Self.reap(id, isReaped)) }
            }
        }
    }

    deinit { signal(SIGKILL) }

    /// Sends a signal, unless the process was reaped: its number may belong to another process.
    func signal(_ number: CInt) {
        isReaped.withLock { isReaped in
            if !isReaped { kill(id, number) }
        }
    }

    /// Returns when the process has ended.
    var ending: Ending { get async { await reaping.value } }

    private static func reap(_ id: pid_t, _ isReaped: Protected<Bool>) -> Ending {
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isReaped.withLock { isReaped in
            isReaped = true
            var status: CInt = 0
            unsafe waitpid(id, &status, 0)
            // The macros WIFEXITED, WEXITSTATUS and WTERMSIG of wait(2), which Swift cannot import.
            return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signaled(status & 0x7F)
        }
    }
}

/// Strings in the form of execve(2).
@safe private final class CStringArray {
    private let count: Int
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    init(_ strings: [String]) {
        count = strings.count
        unsafe pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            unsafe (pointers + index).initialize(to: strdup(string))
        }
        unsafe (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}

/// The result of a program that has ended.
struct Invocation: Sendable {
    let ending: ChildProcess.Ending
    let output: String
    let errors: String

    /// - Parameter input: the standard input of the program.
    static func run(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = .searchPath,
        input: [UInt8] = []
    ) async throws -> Invocation {
        let inputFile = try MemoryFile("input", containing: input)
        let outputFile = try MemoryFile("output")
        let errorFile = try MemoryFile("errors")
        let child = try ChildProcess(
            program,
            arguments,
            environment: environment,
            descriptors: [inputFile.descriptor, outputFile.descriptor, errorFile.descriptor]
        )
        let ending = await child.ending
        return Invocation(
            ending: ending,
            output: String(decoding: outputFile.contents(limit: 16 << 20), as: UTF8.self),
            errors: String(decoding: errorFile.contents(limit: 16 << 20), as: UTF8.self)
        )
    }
}

extension [String: String] {
    /// PATH alone.
    static var searchPath: Self { ["PATH": Environment.value("PATH") ?? "/usr/bin:/bin"] }
}
