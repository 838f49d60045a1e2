/// What a Python interpreter was told to run, from its command line.
///
/// The options are those of CPython (Python/getopt.c, `_PyOS_GetOpt`, and python(1)), and of PyPy.
struct PythonCommand: Equatable {
    enum Program: Equatable {
        case script(String)
        case module(String)
        case code(String)
        /// A script on standard input or on another descriptor.
        case descriptor
        /// An interactive session.
        case session
    }

    let program: Program
    /// The words behind the program.
    let arguments: ArraySlice<String>

    /// Short options whose argument is the rest of the word, or the next word. `Q` is of Python 2.
    private static let withArgument: Set<Character> = ["W", "X", "Q"]
    private static let longWithArgument: Set<String> = ["--check-hash-based-pycs", "--jit"]

    /// - Parameter words: the command line without the name of the interpreter.
    init(_ words: some Sequence<String>) {
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            if word == "--" { break }
            guard word.hasPrefix("-"), word != "-" else {
                (program, arguments) = (Self.file(word), rest)
                return
            }
            if word.hasPrefix("--") {
                if Self.longWithArgument.contains(word) { rest = rest.dropFirst() }
                continue
            }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                if letter == "c" || letter == "m" {
                    let argument = letters.isEmpty ? rest.popFirst() ?? "" : String(letters)
                    (program, arguments) = (letter == "c" ? .code(argument) : .module(argument), rest)
                    return
                }
                guard Self.withArgument.contains(letter) else { continue }
                if letters.isEmpty { rest = rest.dropFirst() }
                break
            }
        }
        if let word = rest.popFirst() {
            (program, arguments) = (Self.file(word), rest)
        } else {
            (program, arguments) = (.session, [])
        }
    }

    private static func file(_ path: String) -> Program {
        let isDescriptor =
            path == "-" || path == "/dev/stdin" || path.hasPrefix("/dev/fd/")
            || path.hasPrefix("/proc/") && path.contains("/fd/")
        return isDescriptor ? .descriptor : .script(path)
    }

    /// Whether a program starts this command to divide its work: the processes of multiprocessing (Lib/multiprocessing:
    /// popen_spawn_posix.py, forkserver.py, resource_tracker.py) and of the packages that descend from it.
    var isPartOfAnother: Bool {
        switch program {
        case .code(let code):
            Self.multiprocessing.contains { code.hasPrefix("from \($0).") }
                && (code.contains("import spawn_main") || code.contains("import main"))
        case .module(let module): module.hasSuffix("loky.backend.popen_loky_posix")
        case .script, .descriptor, .session: false
        }
    }

    private static let multiprocessing = [
        "multiprocessing", "billiard", "multiprocess", "loky", "joblib.externals.loky",
    ]
}
