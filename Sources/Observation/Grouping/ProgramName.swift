/// The name of the program that a process runs, for people: its script, module or title rather than its interpreter.
///
/// Names are made of what programs keep for their lives. What changes from process to process is left out, for each name
/// becomes a group: what follows the first word of a title, numbers at its end, and digests in the names of files.
enum ProgramName: Equatable {
    case known(String)
    /// The process does a part of the work of the program that started it.
    case partOfAnother

    /// - Parameters:
    ///   - words: the command line. A program that sets its title, as with setproctitle, leaves one word with blanks.
    ///   - file: the base name of the program's file; nil if the kernel denies it.
    ///   - name: the name of the main thread, which may be empty: proc_pid_comm(5).
    /// - Returns: nil if nothing is known of the process. A known name is not empty.
    init?(words: [String], file: String?, name: String?) {
        let name = name == "" ? nil : name
        var words = words[...]
        if let file, !Self.isInterpreter(file) {
            guard Self.isLoader(file),
                let interpreter = words.firstIndex(where: { Self.isInterpreter(Self.baseName($0)) })
            else {
                self = .known(file)
                return
            }
            words = words[interpreter...]
        }
        guard let first = words.first, !first.isEmpty else {
            guard let program = file ?? name else { return nil }
            self = .known(Self.interpreter(program) ?? program)
            return
        }
        let isCommand = Self.isInterpreter(Self.baseName(first)) && (words.count > 1 || !first.contains(" "))
        let parts = first.split(separator: " ")
        if isCommand {
            self.init(PythonCommand(words.dropFirst()), interpreter: Self.baseName(first))
        } else if let part = parts.first, parts.count > 1, Self.isInterpreter(Self.baseName(String(part))) {
            // A title that repeats the command line, as that of salt.
            self.init(PythonCommand(parts.dropFirst().map(String.init)), interpreter: Self.baseName(String(part)))
        } else if file == nil, name.flatMap(Self.interpreter) == nil, !first.contains(" ") {
            self = .known(Self.baseName(first))
        } else if words.count > 1, !first.contains(" ") {
            // Started under another name: exec -a NAME python3 SCRIPT.
            self.init(PythonCommand(words.dropFirst()), interpreter: file ?? name ?? "python")
        } else {
            self = .known(Self.ofTitle(first) ?? Self.interpreter(file ?? name ?? "") ?? "python")
        }
    }

    private init(_ command: PythonCommand, interpreter: String) {
        let interpreter = Self.interpreter(interpreter) ?? "python"
        guard !command.isPartOfAnother else {
            self = .partOfAnother
            return
        }
        switch command.program {
        case .script(let path):
            self = .known(Self.ofScript(path).map { Self.withSubcommand($0, command.arguments) } ?? interpreter)
        case .module(let module):
            let package = module.hasSuffix(".__main__") ? String(module.dropLast(".__main__".count)) : module
            let name = Self.stable(package)
            self = .known(name.isEmpty ? interpreter : Self.withSubcommand(name, command.arguments))
        case .code: self = .known("\(interpreter) -c")
        case .descriptor: self = .known("\(interpreter) -")
        case .session: self = .known(interpreter)
        }
    }

    // MARK: names

    /// "python" or "pypy" for the name of an interpreter, without its version, which every upgrade changes; otherwise nil.
    private static func interpreter(_ name: String) -> String? {
        // nixpkgs wraps programs: ".python3-wrapped". A login shell has a leading hyphen.
        let name = name.drop { $0 == "." || $0 == "-" }
        guard let kind = ["python", "pypy"].first(where: { name.hasPrefix($0) }) else { return nil }
        let build = name.dropFirst(kind.count).drop { $0.isNumber || $0 == "." }
        return ["", "t", "d", "td", "m", "dm", "-dbg", "-debug", "-intel64", "-wrapped"].contains(build) ? kind : nil
    }

    static func isInterpreter(_ name: String) -> Bool { interpreter(name) != nil }

    /// Programs that load or emulate others, which are on their command line: ld.so(8), qemu, valgrind.
    private static func isLoader(_ file: String) -> Bool {
        file.hasPrefix("ld-") || file.hasPrefix("ld.so") || file.hasPrefix("qemu-") || file.hasSuffix("-amd64-linux")
            || file.hasSuffix("-arm64-linux")
    }

    static func baseName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The name of a script; for the main file of a folder the name of the folder. Nil if the path has none.
    private static func ofScript(_ path: String) -> String? {
        var names = path.split(separator: "/").filter { $0 != "." && $0 != ".." }
        if names.count > 1, names.last == "__main__.py" || names.last == "__main__.pyc" { names.removeLast() }
        guard var name = names.last else { return nil }
        // nixpkgs wraps programs: ".gunicorn-wrapped".
        if name.hasPrefix("."), name.hasSuffix("-wrapped"), name != ".-wrapped" {
            name = name.dropFirst().dropLast("-wrapped".count)
        }
        return stable(String(name))
    }

    /// Adds the subcommand to the name of a Django project, whose commands do different work.
    private static func withSubcommand(_ name: String, _ arguments: ArraySlice<String>) -> String {
        guard ["manage.py", "django-admin", "django"].contains(name), let command = arguments.first,
            command.first?.isLetter == true, command.count <= 40,
            command.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
        else { return name }
        return "\(name) \(command)"
    }

    /// The first word of a title: "gunicorn" of "gunicorn: master [app]", "celeryd" of "[celeryd: a@b:MainProcess]".
    private static func ofTitle(_ title: String) -> String? {
        let ends: Set<Character> = [" ", "\t", "\n", ":", "[", "]", "(", ")", "{", "}", "<", ">", ",", ";", "=", "|"]
        let word = title.drop(while: ends.contains).prefix { !ends.contains($0) }
        var name = word.split(separator: "/").last ?? ""
        // "worker-3"
        let stem = name.reversed().drop { $0.isNumber }
        if stem.count < name.count, let separator = stem.first, "-_#@.".contains(separator) {
            name = name.prefix(stem.count - 1)
        }
        guard name.contains(where: \.isLetter) else { return nil }
        return interpreter(String(name)) ?? stable(String(name))
    }

    /// Replaces the parts of a name that are random or a time by an asterisk: what mkstemp of Python's tempfile made, digests
    /// and identifiers of 16 hexadecimal digits or more, with hyphens or without, and numbers of six digits or more.
    private static func stable(_ name: String) -> String {
        let stem = name.prefix { $0 != "." }
        let end = name[stem.endIndex...]
        if stem.count == 11, stem.hasPrefix("tmp"),
            stem.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
        {
            return "tmp*" + end
        }
        var parts: [Substring] = []
        var digest: [Substring] = []
        // The last part ends a digest before it, and is dropped.
        for part in stem.split(separator: "-", omittingEmptySubsequences: false) + ["."[...]] {
            if !part.isEmpty, part.allSatisfy({ $0.isASCII && $0.isHexDigit && !$0.isUppercase }) {
                digest.append(part)
                continue
            }
            let digits = digest.joined()
            parts += digits.count >= 16 && digits.contains(where: \.isNumber) ? ["*"] : digest
            digest = []
            parts.append(part)
        }
        return withoutLongNumbers(parts.dropLast().joined(separator: "-")) + end
    }

    private static func withoutLongNumbers(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(where: \.isNumber) {
            let number = rest[start...].prefix(while: \.isNumber)
            result += rest[..<start] + (number.count >= 6 ? "*" : number)
            rest = rest[number.endIndex...]
        }
        return result + rest
    }
}
