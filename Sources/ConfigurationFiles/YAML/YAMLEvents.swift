import CYAML

/// The events of a YAML text, one after another; owns libyaml's parser and the text it reads.
@safe struct YAMLEvents: ~Copyable {
    /// On the heap, because libyaml keeps a pointer to the parser inside the parser.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    /// `bytes` are UTF-8. A byte order mark, which YAML allows, is passed over so that it does not count as a column.
    init(_ bytes: [UInt8]) throws(Diagnostic) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw Diagnostic("no memory left to read it: free some", at: YAMLPosition(line: 1, column: 1))
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: content.count)
        _ = unsafe text.initialize(fromContentsOf: content)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
        unsafe self.parser = unsafe parser
        unsafe self.text = unsafe text
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event, up to and including the end of the stream.
    mutating func next() throws(Diagnostic) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        guard let copy = unsafe YAMLEvent(event) else {
            throw Diagnostic("nothing follows the end of the file", at: unsafe YAMLPosition(event.start_mark))
        }
        return copy
    }

    /// What libyaml could not read, where, and what usually helps.
    private borrowing func problem() -> Diagnostic {
        let what = unsafe Self.string(parser.pointee.problem) ?? "unreadable"
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            let position = unsafe position(ofByte: Int(parser.pointee.problem_offset))
            return Diagnostic("not a text file: \(what): save it as UTF-8 without control characters", at: position)
        }
        let mark = unsafe parser.pointee.problem_mark
        // At the end libyaml begins another line, even if the last one has no line break.
        let isAtEnd = unsafe mark.index >= text.count(where: UTF8.startsCharacter)
        let position = isAtEnd ? position(ofByte: unsafe text.count) : YAMLPosition(mark)
        var message = "not valid YAML: \(what)"
        if let context = unsafe Self.string(parser.pointee.context), !context.isEmpty {
            message += " \(context)"
            let start = unsafe YAMLPosition(parser.pointee.context_mark)
            if start != YAMLPosition(mark) { message += " that begins at \(start)" }
        }
        let remedy =
            isTab(at: mark.index) ? "indent with spaces, not with tabs" : "check indentation, quotes and brackets"
        return Diagnostic("\(message): \(remedy)", at: position)
    }

    private static func string(_ text: UnsafePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    /// libyaml's reader knows only how many bytes it had read, since an undecodable character has no column.
    private borrowing func position(ofByte offset: Int) -> YAMLPosition {
        let before = unsafe text.prefix(offset)
        let line = unsafe before.reversed().prefix { $0 != UInt8(ascii: "\n") }
        let column = unsafe line.count(where: UTF8.startsCharacter)
        return YAMLPosition(line: unsafe before.count { $0 == UInt8(ascii: "\n") } + 1, column: column + 1)
    }

    private borrowing func isTab(at character: Int) -> Bool {
        unsafe text.lazy.filter(UTF8.startsCharacter).dropFirst(character).first == UInt8(ascii: "\t")
    }
}

extension UTF8 {
    fileprivate static func startsCharacter(_ byte: UInt8) -> Bool { !isContinuation(byte) }
}
