extension Schema where Value == [String] {
    /// A command line: a list of words, or one word without a list.
    static func command(example: String) -> Schema {
        let words = Schema.list(of: .word, example: "[\(example)]").nonEmpty(example: example)
        return Schema { node, diagnostics in
            if case .scalar(let scalar) = node.content, !scalar.isNull {
                return Schema<String>.onlyWord(example: example).decode(node, &diagnostics).map { [$0] }
            }
            guard let command = words.decode(node, &diagnostics) else { return nil }
            guard command.first?.isEmpty == false else {
                diagnostics.report("the first word is empty: write the program's path there", at: node.position)
                return nil
            }
            return command
        }
    }
}

extension Schema where Value == String {
    /// Any text that a program can be given as an argument: arguments end at a NUL (execve(2)), which an escape in
    /// double quotes can write.
    fileprivate static var word: Schema {
        .scalar("a word of the command line") { (scalar) throws(Unacceptable) in
            guard !scalar.text.utf8.contains(0) else {
                throw Unacceptable("has a NUL in it, where every program stops reading", remedy: "remove it")
            }
            return scalar.text
        }
    }

    /// A command line without a list. A shell would split it at spaces, and a path may have spaces: a list says which
    /// is meant.
    fileprivate static func onlyWord(example: String) -> Schema {
        Schema { node, diagnostics in
            guard let word = Schema.word.decode(node, &diagnostics) else { return nil }
            guard !word.isEmpty, !word.contains(where: \.isWhitespace) else {
                let message =
                    "\(quoted(word)) is not one word: write a list of the command's words, such as [\(example)]"
                diagnostics.report(message, at: node.position)
                return nil
            }
            return word
        }
    }
}
